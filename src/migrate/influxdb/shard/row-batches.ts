// Runs of one series after the other become batches of a measurement's rows, as `view.write` takes them.
import type { MeasurementBatch, PointBatch } from '../../../model/index.ts';
import type { FieldRun } from './field-run.ts';
import type { FramedRuns } from './frames.ts';
import { rowTimes } from './row-times.ts';
import { RunColumn } from './run-column.ts';

/** A batch is complete once it has room for so many cells (rows times columns), or so many bytes of strings. */
const BATCH_CELLS = 1 << 18;
const BATCH_TEXT_BYTES = 1 << 24;
/** Little, as a batch may have very many measurements of a row or two. */
const INITIAL_ROWS = 32;

export class RowBatches {
  /** By base and measurement. */
  readonly #tables = new Map<string, TableBuilder>();
  #last: TableBuilder | undefined;
  #cells = 0;
  #textBytes = 0;
  #valueCount = 0;

  /** How many values it holds. */
  get valueCount(): number {
    return this.#valueCount;
  }

  get isFull(): boolean {
    return this.#cells >= BATCH_CELLS || this.#textBytes >= BATCH_TEXT_BYTES;
  }

  /** Adds rows of a series. */
  add(measurement: string, seriesId: number, { baseNs, runs }: FramedRuns): void {
    const table = this.#table(measurement, baseNs);
    const { cells, textBytes } = table;
    table.add(seriesId, runs);
    this.#cells += table.cells - cells;
    this.#textBytes += table.textBytes - textBytes;
    for (const { times } of runs) this.#valueCount += times.length;
  }

  /** The batch so far; the next one begins empty. */
  take(): PointBatch {
    const tables = Array.from(this.#tables.values(), (table) => table.finish());
    this.#tables.clear();
    this.#last = undefined;
    this.#cells = 0;
    this.#textBytes = 0;
    this.#valueCount = 0;
    return { tables };
  }

  #table(measurement: string, baseNs: bigint): TableBuilder {
    if (this.#last?.measurement === measurement && this.#last.baseNs === baseNs) return this.#last;
    const id = `${baseNs} ${measurement}`;
    const table = this.#tables.get(id) ?? new TableBuilder(measurement, baseNs);
    this.#tables.set(id, table);
    this.#last = table;
    return table;
  }
}

class TableBuilder {
  readonly measurement: string;
  readonly baseNs: bigint;
  #rowCount = 0;
  #seriesIds = new Int32Array(INITIAL_ROWS);
  #times = new Float64Array(INITIAL_ROWS);
  readonly #columns = new Map<string, RunColumn>();

  constructor(measurement: string, baseNs: bigint) {
    this.measurement = measurement;
    this.baseNs = baseNs;
  }

  get cells(): number {
    return this.#times.length * (this.#columns.size + 2);
  }

  get textBytes(): number {
    let sum = 0;
    for (const column of this.#columns.values()) sum += column.textBytes;
    return sum;
  }

  add(seriesId: number, runs: readonly FieldRun[]): void {
    const { times, rows } = rowTimes(runs);
    const from = this.#rowCount;
    const to = from + times.length;
    this.#reserve(to);
    this.#times.set(times, from);
    this.#seriesIds.fill(seriesId, from, to);
    runs.forEach((run, index) => {
      this.#column(run).put(run.values, rows[index], from, to, this.#times.length);
    });
    this.#rowCount = to;
  }

  finish(): MeasurementBatch {
    const columns = [...this.#columns.values()].map((column) => column.finish(this.#rowCount));
    return {
      measurement: this.measurement,
      rowCount: this.#rowCount,
      seriesIds: this.#seriesIds,
      baseNs: this.baseNs,
      times: this.#times,
      columns,
    };
  }

  #column({ name, type }: FieldRun): RunColumn {
    const id = `${type} ${name}`;
    const column = this.#columns.get(id) ?? new RunColumn(name, type);
    this.#columns.set(id, column);
    return column;
  }

  #reserve(rows: number): void {
    if (rows <= this.#times.length) return;
    const capacity = Math.max(rows, 2 * this.#times.length);
    const times = new Float64Array(capacity);
    times.set(this.#times);
    this.#times = times;
    const seriesIds = new Int32Array(capacity);
    seriesIds.set(this.#seriesIds);
    this.#seriesIds = seriesIds;
  }
}
