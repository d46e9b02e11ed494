// A number field of a ladder's tier may have several types in one shard: the base's shards are shorter, and each has its own.
// From the first value of another type on the field is float there; what was stored before is read as floats.
import type { BatchColumn, ChunkColumn, FieldType, MeasurementBatch } from '../model/index.ts';
import { isNumeric } from '../model/index.ts';

/** The type that a shard's field has once it has had both. */
export function commonType(a: FieldType, b: FieldType): FieldType {
  return a !== b && isNumeric(a) && isNumeric(b) ? 'float' : a;
}

/** Columns of numbers as their fields' types want them, and one for each name. `typeOf`: undefined where there is no such field. */
export function widenNumbers(
  batch: MeasurementBatch,
  typeOf: (field: string) => FieldType | undefined,
): MeasurementBatch {
  const columns: BatchColumn[] = [];
  for (const column of batch.columns) {
    const type = typeOf(column.name) ?? column.type;
    const own = commonType(column.type, type) === column.type ? column : batchAsFloats(column, batch.rowCount);
    const at = columns.findIndex(
      ({ name, type: other }) => name === own.name && isNumeric(other) && isNumeric(own.type),
    );
    if (at < 0) columns.push(own);
    else columns[at] = joined(columns[at], own, batch.rowCount);
  }
  return { ...batch, columns };
}

/** Of two columns that have no row in common. */
function joined(a: BatchColumn, b: BatchColumn, rowCount: number): BatchColumn {
  const [one, other] = [batchAsFloats(a, rowCount), batchAsFloats(b, rowCount)];
  const numbers = one.numbers.slice(0, rowCount);
  const valid = new Uint8Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const isOther = other.valid === null || other.valid[row] !== 0;
    if (isOther) numbers[row] = other.numbers[row];
    valid[row] = isOther || one.valid === null || one.valid[row] !== 0 ? 1 : 0;
  }
  return { ...one, numbers, valid: valid.includes(0) ? valid : null };
}

export function batchAsFloats(column: BatchColumn, rowCount: number): BatchColumn {
  const { type, wide } = column;
  if (type === 'float') return column;
  const numbers = wide === null ? column.numbers : floatsOf(wide.subarray(0, rowCount), type === 'unsigned');
  return { ...column, type: 'float', numbers, wide: null };
}

export function chunkAsFloats(column: ChunkColumn | null): ChunkColumn | null {
  if (column === null || column.type === 'float' || !isNumeric(column.type)) return column;
  const { values, valid } = column;
  return { type: 'float', values: values instanceof Float64Array ? values : Float64Array.from(values, Number), valid };
}

/** `isUnsigned`: the bits are those of unsigned numbers. */
export function floatsOf(wide: BigInt64Array, isUnsigned: boolean): Float64Array {
  return Float64Array.from(wide, (value) => Number(isUnsigned ? BigInt.asUintN(64, value) : value));
}
