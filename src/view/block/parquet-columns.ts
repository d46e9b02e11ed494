// How a block's columns appear to other Parquet readers: names, types, and which column plays which part.
import type { FieldType } from '../../model/index.ts';
import type { BlockSchema } from './row-group.ts';

export type ColumnRole = 'time' | 'measurement' | 'tag' | 'field' | 'version';

/** Parquet's codes of physical types. */
export const PHYSICAL = { boolean: 0, int64: 2, double: 5, byteArray: 6 } as const;

/** Parquet's codes of encodings. */
export const ENCODING = {
  plain: 0,
  rle: 3,
  delta: 5,
  deltaLength: 6,
  dictionary: 8,
  byteSplit: 9,
} as const;

export interface ParquetColumn {
  /** The name in the Parquet schema: `name`, or with a suffix where that was taken. */
  readonly column: string;
  readonly role: ColumnRole;
  /** The tag's or field's own name. */
  readonly name: string;
  /** Of fields; undefined for the others. */
  readonly type: FieldType | undefined;
  /** Floats that are kept as decimals; undefined for all others. */
  readonly scale?: number | undefined;
  readonly physical: number;
  readonly optional: boolean;
}

/** Columns in the order in which they stand in the file: time, measurement, tags, fields, version. */
export function parquetColumns(schema: BlockSchema): readonly ParquetColumn[] {
  const taken = new Set(['time', 'measurement']);
  if (schema.versions) taken.add('_version');
  const unique = (name: string): string => {
    let column = name;
    for (let suffix = 1; taken.has(column); suffix++) column = `${name}_${suffix}`;
    taken.add(column);
    return column;
  };
  const { byteArray, int64 } = PHYSICAL;
  const fixed = { type: undefined, optional: false };
  const columns: ParquetColumn[] = [
    { column: 'time', role: 'time', name: 'time', physical: int64, ...fixed },
    { column: 'measurement', role: 'measurement', name: 'measurement', physical: byteArray, ...fixed },
  ];
  for (const name of schema.tagKeys) {
    columns.push({ column: unique(name), role: 'tag', name, type: undefined, physical: byteArray, optional: true });
  }
  for (const { name, type, scale } of schema.fields) {
    const physical = scale === undefined ? physicalOf(type) : int64;
    columns.push({ column: unique(name), role: 'field', name, type, scale, physical, optional: true });
  }
  if (schema.versions)
    columns.push({ column: '_version', role: 'version', name: '_version', physical: int64, ...fixed });
  return columns;
}

function physicalOf(type: FieldType): number {
  switch (type) {
    case 'float':
      return PHYSICAL.double;
    case 'integer':
    case 'unsigned':
      return PHYSICAL.int64;
    case 'boolean':
      return PHYSICAL.boolean;
    case 'string':
      return PHYSICAL.byteArray;
  }
}
