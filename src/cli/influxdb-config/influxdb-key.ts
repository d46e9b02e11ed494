// What is known of one key of an InfluxDB 1.x configuration.

export type InfluxdbKind =
  | 'text'
  | 'texts'
  | 'boolean'
  | 'integer'
  | 'size'
  /** Go's: `1h30m0s`, `1.5s`. */
  | 'duration'
  /** A whole number of ns, or a duration. */
  | 'nanoseconds'
  /** Name or number of a group of the system. */
  | 'group'
  /** A table of names and texts. */
  | 'headers';

export interface InfluxdbKey {
  /** `data.wal-fsync-delay`; of sections that may stand several times without a number: `graphite.bind-address`. */
  readonly key: string;
  readonly kind: InfluxdbKind;
  /** The setting of Weir that takes the value over; null = it has no effect. */
  readonly to: string | null;
  /** Why it has no effect, or what is different in Weir; may be empty for those that are the same. */
  readonly note: string;
  /** Makes the value of `to` of a value that was read, undefined = none; as it is without. Throws an Error that says what is wrong. */
  readonly convert?: (value: unknown) => unknown;
}

/** Kind, target and note of each name of a section. */
type KeyRow = readonly [
  name: string,
  kind: InfluxdbKind,
  to: string | null,
  note?: string,
  convert?: InfluxdbKey['convert'],
];

/** `section` is empty for keys of the top. */
export function keysOf(section: string, rows: readonly KeyRow[]): readonly InfluxdbKey[] {
  return rows.map(([name, kind, to, note = '', convert]) => {
    const key = section === '' ? name : `${section}.${name}`;
    return { key, kind, to, note, ...(convert === undefined ? {} : { convert }) };
  });
}

/** Names that are the same in Weir, within the section `to`. */
export function sameKeys(
  section: string,
  to: string,
  names: Readonly<Record<string, InfluxdbKind>>,
): readonly InfluxdbKey[] {
  return keysOf(
    section,
    Object.entries(names).map(([name, kind]) => [name, kind, `${to}.${name}`]),
  );
}
