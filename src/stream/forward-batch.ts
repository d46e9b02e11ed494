// What goes to a subscription in one request: rows of a change, as line protocol. They stay columns until somebody sends them,
// and are then made text once for all who do.
//
//     change ─┬─ "cpu"  rows 0 … 9999        batch
//             ├─ "cpu"  rows 10000 … 12000 ┐
//             └─ "mem"  rows 0 … 500       ┴ batch
import { encodeLineProtocol } from '../line-protocol/index.ts';
import type { MeasurementBatch, SeriesTable } from '../model/index.ts';

/** Making the text of so many rows does not hold up others for long. */
const MAX_ROWS = 5000;

interface RowRange {
  readonly table: MeasurementBatch;
  readonly firstRow: number;
  readonly endRow: number;
}

export class ForwardBatch {
  readonly points: number;
  /** Roughly what it holds in memory. */
  readonly sizeBytes: number;
  readonly #ranges: readonly RowRange[];
  readonly #series: SeriesTable;
  #lines: Uint8Array | undefined;

  constructor(ranges: readonly RowRange[], series: SeriesTable) {
    this.#ranges = ranges;
    this.#series = series;
    this.points = ranges.reduce((sum, { firstRow, endRow }) => sum + endRow - firstRow, 0);
    this.sizeBytes = ranges.reduce(
      (sum, { table, firstRow, endRow }) => sum + rowBytes(table) * (endRow - firstRow),
      0,
    );
  }

  /** Lines with times in nanoseconds. Throws `invalid` for what has no line protocol. */
  lines(): Uint8Array {
    this.#lines ??= Buffer.concat(
      this.#ranges.map(({ table, firstRow, endRow }) => encodeLineProtocol(table, this.#series, firstRow, endRow)),
    );
    return this.#lines;
  }

  /** The same one by one: a line may have newlines in its strings. */
  *eachLine(): Generator<Uint8Array, void> {
    for (const { table, firstRow, endRow } of this.#ranges) {
      for (let row = firstRow; row < endRow; row++) yield encodeLineProtocol(table, this.#series, row, row + 1);
    }
  }
}

/** Batches that have all rows of the tables, in order. */
export function forwardBatches(tables: readonly MeasurementBatch[], series: SeriesTable): readonly ForwardBatch[] {
  const batches: ForwardBatch[] = [];
  let ranges: RowRange[] = [];
  let room = MAX_ROWS;
  for (const table of tables) {
    for (let firstRow = 0; firstRow < table.rowCount; ) {
      const endRow = Math.min(table.rowCount, firstRow + room);
      ranges.push({ table, firstRow, endRow });
      room -= endRow - firstRow;
      firstRow = endRow;
      if (room > 0) continue;
      batches.push(new ForwardBatch(ranges, series));
      ranges = [];
      room = MAX_ROWS;
    }
  }
  if (ranges.length > 0) batches.push(new ForwardBatch(ranges, series));
  return batches;
}

/** Of the columns, or of the text, whichever is more: numbers are about as long as text. */
function rowBytes({ columns, rowCount }: MeasurementBatch): number {
  let bytes = 64;
  for (const { name, strings } of columns) bytes += 20 + name.length + (strings?.text.length ?? 0) / rowCount;
  return bytes;
}
