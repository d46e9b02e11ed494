// Two states of one field and window as one: what came in time, and what came when the window could no longer be computed anew.
// Sources come as columns in pairs or triples: of the own states, then of the others; others that count nothing are none.
import { decodeSketch, encodeSketch, mergeSketch, unwrappedSum } from '../base/index.ts';
import type { ChunkColumn, FieldType } from '../model/index.ts';
import type { JoinedState } from './table-snapshot.ts';

type Source = ChunkColumn | null;
type Value = number | bigint | string;

/** Sources: sum, count of both. */
export function joinedRatio([sum, count, otherSum, otherCount]: readonly Source[], rowCount: number): ChunkColumn {
  const values = new Float64Array(rowCount);
  const valid = new Uint8Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const counts = numberAt(count, row) + numberAt(otherCount, row);
    if (counts === 0) continue;
    values[row] = (numberAt(sum, row) + numberAt(otherSum, row)) / counts;
    valid[row] = 1;
  }
  return { type: 'float', values, valid };
}

/** Sources: the state and count of both; for m2 and the mean also their sums and means. */
export function joinedState(state: JoinedState, sources: readonly Source[], rowCount: number): ChunkColumn | null {
  const half = sources.length / 2;
  const own = sources.slice(0, half);
  const others = sources.slice(half);
  const type = state === 'mean' ? 'float' : (own[0]?.type ?? others[0]?.type);
  if (type === undefined) return null;
  const cells: (Value | undefined)[] = [];
  for (let row = 0; row < rowCount; row++) cells.push(joinRow(state, own, others, row));
  return columnOf(type, cells);
}

function joinRow(
  state: JoinedState,
  own: readonly Source[],
  others: readonly Source[],
  row: number,
): Value | undefined {
  if (state === 'mean') return joinedMean(own, others, row);
  const ownValue = numberAt(own[1], row) > 0 ? valueAt(own[0], row) : undefined;
  const otherValue = numberAt(others[1], row) > 0 ? valueAt(others[0], row) : undefined;
  if (ownValue === undefined || otherValue === undefined) return ownValue ?? otherValue;
  if (state === 'm2') return joinedM2(own, others, row);
  // Nobody knows where among the own points the others belong.
  if (state === 'first' || state === 'last' || state === 'increase') return ownValue;
  if (typeof ownValue === 'string' || typeof otherValue === 'string') {
    const sketch = decodeSketch(String(ownValue));
    mergeSketch(sketch, decodeSketch(String(otherValue)));
    return encodeSketch(sketch);
  }
  if (state === 'min') return otherValue < ownValue ? otherValue : ownValue;
  if (state === 'max') return otherValue > ownValue ? otherValue : ownValue;
  if (typeof ownValue === 'bigint' || typeof otherValue === 'bigint') return BigInt(ownValue) + BigInt(otherValue);
  return ownValue + otherValue;
}

/** Chan's rule. */
function joinedM2(own: readonly Source[], others: readonly Source[], row: number): number {
  const [m2, count] = own.map((column) => numberAt(column, row));
  const [otherM2, otherCount] = others.map((column) => numberAt(column, row));
  const distance = Number(sumAt(others, row)) / otherCount - Number(sumAt(own, row)) / count;
  return m2 + otherM2 + (distance * distance * count * otherCount) / (count + otherCount);
}

/** The mean over both, also where it follows from their sums; whoever reads it tells by it whether the joined sum wrapped. */
function joinedMean(own: readonly Source[], others: readonly Source[], row: number): number | undefined {
  const count = numberAt(own[1], row) + numberAt(others[1], row);
  if (count === 0) return undefined;
  return Number(BigInt(sumAt(own, row)) + BigInt(sumAt(others, row))) / count;
}

/** The sum of integers before it wrapped, or of floats; sources: state, count, sum, mean. */
function sumAt([, count, sum, mean]: readonly Source[], row: number): number | bigint {
  const counted = numberAt(count, row);
  const kept = counted === 0 ? 0 : ((valueAt(sum, row) ?? 0) as number | bigint);
  const known = valueAt(mean, row);
  return unwrappedSum(kept, counted, known === undefined ? undefined : Number(known));
}

/** 0 where there is none. */
function numberAt(column: Source, row: number): number {
  return Number(valueAt(column, row) ?? 0);
}

function valueAt(column: Source, row: number): Value | undefined {
  if (column === null || (column.valid !== null && column.valid[row] === 0)) return undefined;
  return column.values[row];
}

function columnOf(type: FieldType, cells: readonly (Value | undefined)[]): ChunkColumn {
  const valid = Uint8Array.from(cells, (cell) => (cell === undefined ? 0 : 1));
  if (type === 'string') return { type, values: cells.map((cell) => String(cell ?? '')), valid };
  const isWide = type !== 'float' && cells.some((cell) => cell !== undefined && !Number.isSafeInteger(Number(cell)));
  if (!isWide) return { type, values: Float64Array.from(cells, (cell) => Number(cell ?? 0)), valid };
  const wide = cells.map((cell) => BigInt(cell ?? 0));
  return { type, values: type === 'unsigned' ? BigUint64Array.from(wide) : BigInt64Array.from(wide), valid };
}
