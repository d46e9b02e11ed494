// One type per column although a field may have another in each shard: InfluxDB's precedence chooses, and a shard's values
// are converted or left out.
import { type ChunkColumn, type FieldType, dominantType } from '../model/index.ts';
import type { TableSnapshot } from '../view/index.ts';

/** The type that a field has over all tables; null when none has it. */
export function fieldTypeOver(tables: readonly TableSnapshot[], field: string): FieldType | null {
  let found: FieldType | null = null;
  for (const table of tables) {
    const type = table.fields.get(field);
    if (type !== undefined) found = found === null ? type : dominantType(found, type);
  }
  return found;
}

/** Whether values of one type can stand in a column of another. */
export function isConvertible(from: FieldType, to: FieldType): boolean {
  return from === to || ((from === 'integer' || from === 'unsigned') && (to === 'float' || to === 'integer'));
}

/** The column as `type`; null when its values cannot be converted. Arrays are shared where the bits stay the same. */
export function convertColumn(column: ChunkColumn, type: FieldType): ChunkColumn | null {
  if (column.type === type) return column;
  if (!isConvertible(column.type, type)) return null;
  const { values, valid } = column;
  if (values instanceof Float64Array) return { type, values, valid };
  const wide = values as BigInt64Array | BigUint64Array;
  if (type === 'float') return { type, values: toFloats(wide), valid };
  // Unsigned beside integers: the same 64 bits, as InfluxDB casts.
  return { type, values: new BigInt64Array(wide.buffer, wide.byteOffset, wide.length), valid };
}

/** Nearest doubles of 64-bit integers. */
export function toFloats(values: BigInt64Array | BigUint64Array): Float64Array {
  const floats = new Float64Array(values.length);
  for (let row = 0; row < floats.length; row++) floats[row] = Number(values[row]);
  return floats;
}
