// Runs of one series after the other become batches of a measurement's rows, as `view.write` takes them.
import type { MeasurementBatch, PointBatch } from '../../../model/index.ts';
import type { FieldRun } from './field-run.ts';
import { rowTimes } from './row-times.ts';
import { RunColumn } from './run-column.ts';

/** A batch is complete once it has room for so many cells (rows times columns), or so many bytes of strings. */
const BATCH_CELLS = 1 << 20;
const BATCH_TEXT_BYTES = 1 << 24;
/** Little, as a batch may have very many measurements of a row or two. */
const INITIAL_ROWS = 32;

/** Batches are told apart by their base: all times of one are offsets from it. */
export class RowBatches {
  readonly #baseNs: bigint;
  readonly #tables: TableBuilder[] = [];
  /** Of the tables that are complete. */
  #doneCells = 0;
  #valueCount = 0;

  constructor(baseNs: bigint) {
    this.#baseNs = baseNs;
  }

  /** How many values it holds. */
  get valueCount(): number {
    return this.#valueCount;
  }

  get isFull(): boolean {
    const current = this.#tables.at(-1);
    if (current === undefined) return false;
    return this.#doneCells + current.cells >= BATCH_CELLS || current.textBytes >= BATCH_TEXT_BYTES;
  }

  /** Adds rows of a series. Those of one measurement should come together. */
  add(measurement: string, seriesId: number, runs: readonly FieldRun[]): void {
    let table = this.#tables.at(-1);
    if (table === undefined || table.measurement !== measurement) {
      this.#doneCells += table?.cells ?? 0;
      table = new TableBuilder(measurement);
      this.#tables.push(table);
    }
    table.add(seriesId, runs);
    for (const { times } of runs) this.#valueCount += times.length;
  }

  /** The batch so far; the next one begins empty. */
  take(): PointBatch {
    const tables = this.#tables.splice(0).map((table) => table.finish(this.#baseNs));
    this.#doneCells = 0;
    this.#valueCount = 0;
    return { tables };
  }
}

class TableBuilder {
  readonly measurement: string;
  #rowCount = 0;
  #seriesIds = new Int32Array(INITIAL_ROWS);
  #times = new Float64Array(INITIAL_ROWS);
  readonly #columns = new Map<string, RunColumn>();

  constructor(measurement: string) {
    this.measurement = measurement;
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

  finish(baseNs: bigint): MeasurementBatch {
    const columns = [...this.#columns.values()].map((column) => column.finish(this.#rowCount));
    return {
      measurement: this.measurement,
      rowCount: this.#rowCount,
      seriesIds: this.#seriesIds,
      baseNs,
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
