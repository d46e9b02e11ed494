// A 1.x configuration, from a file or from variables, as Weir's settings.
import type { TomlTable } from '../toml.ts';
import type { InfluxdbKey } from './influxdb-key.ts';
import { INFLUXDB_DEFAULTS, INFLUXDB_KEYS, INFLUXDB_LISTS } from './influxdb-keys.ts';
import { rawOfText, readInfluxdbValue } from './influxdb-value.ts';

/** A value for a setting of Weir and where it was given. */
export interface Translated {
  /** `http.bind`, `graphite.0.bind-address` */
  readonly key: string;
  readonly value: unknown;
  /** `influxdb.conf: http.bind-address`, `INFLUXDB_HTTP_BIND_ADDRESS` */
  readonly origin: string;
}

export interface Translation {
  /** Later ones go before earlier ones of the same key. */
  readonly values: readonly Translated[];
  /** Keys that were given and have no effect, with the reason. */
  readonly ignored: readonly (readonly [given: string, why: string])[];
  /** Keys that InfluxDB 1.8 does not know either. */
  readonly unknown: readonly string[];
  /** A sentence for each value that cannot be meant. */
  readonly faults: readonly string[];
}

/** One key as it was given. */
interface GivenKey {
  /** As in `INFLUXDB_KEYS`. */
  readonly key: string;
  /** Of a section that may stand several times; null for others. */
  readonly index: number | null;
  readonly raw: unknown;
  readonly origin: string;
}

const BY_KEY: ReadonlyMap<string, InfluxdbKey> = new Map(INFLUXDB_KEYS.map((each) => [each.key, each]));

/** Sections that 1.x once called otherwise. */
const OLD_SECTIONS: ReadonlyMap<string, string> = new Map([['cluster', 'coordinator']]);

/** `file` names the source. */
export function translateInfluxdbFile(table: TomlTable, file: string): Translation {
  const defaults = Array.from(INFLUXDB_DEFAULTS, ([key, value]) => ({ key, value, origin: `InfluxDB's default` }));
  const sections = INFLUXDB_LISTS.flatMap((list) => sectionsOf(table, list, file));
  const translation = translate(givenInTable(table, file));
  return { ...translation, values: [...defaults, ...sections, ...translation.values] };
}

/** `lengths`: how many sections of each list the file has. Variables without text count as not set. */
export function translateInfluxdbEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  lengths: ReadonlyMap<string, number>,
): Translation {
  const given: GivenKey[] = [];
  const unknown: string[] = [];
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith('INFLUXDB_') || variable === 'INFLUXDB_CONFIG_PATH' || !text) continue;
    const keys = keysOfVariable(variable, lengths);
    if (keys.length === 0) unknown.push(variable);
    for (const { key, index } of keys)
      given.push({ key: key.key, index, raw: rawOfText(key.kind, text), origin: variable });
  }
  const translation = translate(given);
  return { ...translation, unknown: [...unknown, ...translation.unknown] };
}

function translate(given: readonly GivenKey[]): Translation {
  const values: Translated[] = [];
  const ignored: (readonly [string, string])[] = [];
  const unknown: string[] = [];
  const faults: string[] = [];
  // In the order of the table: where two keys make one setting, it says which goes first.
  const order = new Map(INFLUXDB_KEYS.map(({ key }, at) => [key, at]));
  for (const each of [...given].sort((a, b) => (order.get(a.key) ?? -1) - (order.get(b.key) ?? -1))) {
    const known = BY_KEY.get(each.key);
    if (known === undefined) {
      unknown.push(each.key);
      continue;
    }
    try {
      const read = readInfluxdbValue(known.kind, each.raw);
      const value = known.convert === undefined ? read : known.convert(read);
      // What was looked at by `convert` has the effect that it may have.
      if (known.to === null && known.convert === undefined) ignored.push([nameOf(each), known.note]);
      if (known.to !== null && value !== undefined)
        values.push({ key: targetOf(known.to, each.index), value, origin: each.origin });
    } catch (error) {
      faults.push(`${each.origin}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { values, ignored, unknown, faults };
}

function nameOf({ key, origin }: GivenKey): string {
  return origin.startsWith('INFLUXDB_') ? origin : key;
}

/** `graphite.bind-address` of section 0 is `graphite.0.bind-address`. */
function targetOf(to: string, index: number | null): string {
  return index === null ? to : to.replace('.', `.${index}.`);
}

function givenInTable(table: TomlTable, file: string): readonly GivenKey[] {
  return Object.entries(table).flatMap(([name, value]): readonly GivenKey[] => {
    const section = OLD_SECTIONS.get(name) ?? name;
    const keysIn = (one: TomlTable, index: number | null): readonly GivenKey[] =>
      Object.entries(one).map(([key, raw]) => {
        const place = index === null ? name : `${name}[${index}]`;
        return { key: `${section}.${key}`, index, raw, origin: `${file}: ${place}.${key}` };
      });
    if (INFLUXDB_LISTS.includes(section)) return tablesOf(value).flatMap((one, index) => keysIn(one, index));
    if (isTable(value)) return keysIn(value, null);
    return [{ key: section, index: null, raw: value, origin: `${file}: ${name}` }];
  });
}

/** A section counts although nothing is set in it. */
function sectionsOf(table: TomlTable, list: string, file: string): readonly Translated[] {
  return tablesOf(table[list]).map((_, index) => ({ key: `${list}.${index}`, value: {}, origin: `${file}: ${list}` }));
}

/** `[graphite]` is taken for `[[graphite]]`. */
function tablesOf(value: unknown): readonly TomlTable[] {
  return (Array.isArray(value) ? value : [value]).filter(isTable);
}

function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Without a number a variable is for all sections of its list, of which there is one at least. */
function keysOfVariable(
  variable: string,
  lengths: ReadonlyMap<string, number>,
): readonly { readonly key: InfluxdbKey; readonly index: number | null }[] {
  const name = variable.slice('INFLUXDB_'.length);
  for (const key of INFLUXDB_KEYS) {
    const [section] = key.key.split('.', 1);
    if (!INFLUXDB_LISTS.includes(section)) {
      if (upper(key.key) === name) return [{ key, index: null }];
      continue;
    }
    const prefix = `${upper(section)}_`;
    if (!name.startsWith(prefix)) continue;
    const [, number, rest] = /^(?:(\d{1,2})_)?(.*)$/.exec(name.slice(prefix.length)) as RegExpExecArray;
    if (upper(key.key.slice(section.length + 1)) !== rest) continue;
    if (number !== undefined) return [{ key, index: Number(number) }];
    return Array.from({ length: Math.max(lengths.get(section) ?? 0, 1) }, (_, index) => ({ key, index }));
  }
  return [];
}

function upper(key: string): string {
  return key.replace(/[.-]/g, '_').toUpperCase();
}
