// SELECT … INTO: writes rows as points of another measurement, and answers how many there were.
//
//     rows of cpu {host=a}    time  mean  –>  target measurement, tags of GROUP BY, columns as fields; empty cells are left out
import { WeirError } from '../../base/index.ts';
import {
  type BatchColumn,
  type Bucket,
  type MeasurementBatch,
  type SeriesTable,
  type StringColumn,
  encodeSeriesKey,
} from '../../model/index.ts';
import type { SelectStatement } from '../language/ast.ts';
import type { Message, QueryContext, ResultBatch } from '../result.ts';
import { readOnlyWarning } from '../statements/read-only-warning.ts';
import { resolveBucket } from './open-sources.ts';
import { planOutput } from './output-plan.ts';
import {
  BATCH_ROWS,
  type Column,
  type Group,
  type GroupRows,
  type Rows,
  concatRows,
  gatherRows,
  isValid,
  isWide,
} from './rows.ts';
import type { TypedSelect } from './typed-select.ts';

/** Nothing is written before the batches are asked for. */
export function writeInto(
  rows: AsyncIterable<GroupRows>,
  select: TypedSelect,
  statement: SelectStatement,
  context: QueryContext,
): { messages: Message[]; batches: AsyncIterable<ResultBatch> } {
  const messages: Message[] = context.readOnly ? [{ level: 'warning', text: readOnlyWarning(statement, context) }] : [];
  return { messages, batches: writeAll(rows, select, context) };
}

async function* writeAll(
  rows: AsyncIterable<GroupRows>,
  select: TypedSelect,
  context: QueryContext,
): AsyncGenerator<ResultBatch> {
  const { target } = select;
  if (target === null) return;
  if (select.timeColumn !== 'time') throw new WeirError('invalid', 'error finding time index in result');
  const bucket = resolveBucket(target, context);
  const writer = new PointWriter(bucket, target.name, select, context);
  for await (const batch of rows) await writer.add(batch);
  await writer.flush();
  yield {
    series: { name: 'result', tags: null, columns: ['time', 'written'] },
    rowCount: 1,
    columns: [
      { kind: 'times', baseNs: 0n, offsets: new Float64Array(1) },
      { kind: 'numbers', values: Float64Array.of(writer.written), valid: null },
    ],
  };
}

/** Rows of one series, waiting to be written. */
interface Waiting {
  readonly seriesId: number;
  readonly rows: Rows;
}

/** Gathers rows until they are worth a write. */
class PointWriter {
  readonly #bucket: Bucket;
  readonly #target: string;
  readonly #tags: readonly string[];
  readonly #columns: readonly number[];
  readonly #names: readonly string[];
  readonly #series: SeriesTable;
  readonly #context: QueryContext;
  readonly #waiting = new Map<string, Waiting[]>();
  #waitingRows = 0;
  #group: Group | undefined;
  #seriesId = 0;
  written = 0;

  constructor(bucket: Bucket, target: string, select: TypedSelect, context: QueryContext) {
    this.#bucket = bucket;
    this.#target = target;
    this.#tags = writtenTags(select);
    const { names } = planOutput(select);
    // Of columns of one name the last is the field; `time` cannot be one.
    this.#columns = [...names.keys()].filter(
      (index) => names[index] !== 'time' && names.lastIndexOf(names[index]) === index,
    );
    this.#names = this.#columns.map((index) => names[index]);
    this.#series = context.view.seriesTable(bucket.id);
    this.#context = context;
  }

  async add({ group, rows }: GroupRows): Promise<void> {
    const kept = writableRows({ ...rows, columns: this.#columns.map((index) => rows.columns[index]) });
    if (kept.rowCount === 0) return;
    const measurement = this.#target === '' ? group.name : this.#target;
    if (group !== this.#group) {
      this.#group = group;
      this.#seriesId = this.#intern(measurement, group);
    }
    const waiting = this.#waiting.get(measurement);
    const one = { seriesId: this.#seriesId, rows: kept };
    if (waiting === undefined) this.#waiting.set(measurement, [one]);
    else waiting.push(one);
    this.#waitingRows += kept.rowCount;
    this.written += kept.rowCount;
    if (this.#waitingRows >= BATCH_ROWS) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#waitingRows === 0) return;
    const tables = [...this.#waiting].flatMap(([measurement, waiting]) => this.#tablesOf(measurement, waiting));
    this.#waiting.clear();
    this.#waitingRows = 0;
    const { dropped } = await this.#context.view.write(this.#bucket, { tables });
    if (dropped.length === 0) return;
    const [{ reason, count }] = dropped;
    throw new WeirError('invalid', `partial write: ${reason} dropped=${count}`);
  }

  #intern(measurement: string, group: Group): number {
    const tags = this.#tags
      .map((key, index) => ({ key, value: group.tags[index] }))
      .filter(({ value }) => value !== '')
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    const key = Buffer.from(encodeSeriesKey({ measurement, tags }));
    return this.#series.intern(key, 0, key.length);
  }

  /** One table, or several when the times are too far apart for one. */
  #tablesOf(measurement: string, waiting: readonly Waiting[]): MeasurementBatch[] {
    const whole = concatRows(
      waiting.map(({ rows }) => rows),
      this.#names.length,
    );
    if (whole === undefined && waiting.length > 1) {
      const half = waiting.length >> 1;
      return [
        ...this.#tablesOf(measurement, waiting.slice(0, half)),
        ...this.#tablesOf(measurement, waiting.slice(half)),
      ];
    }
    const rows = whole ?? waiting[0].rows;
    const seriesIds = new Int32Array(rows.rowCount);
    let start = 0;
    for (const one of waiting) seriesIds.fill(one.seriesId, start, (start += one.rows.rowCount));
    const { rowCount, baseNs, times } = rows;
    const columns = this.#names.flatMap((name, index) => {
      const column = rows.columns[index];
      // A field without a value would become one of the measurement all the same.
      return column === null || column.valid?.includes(1) === false ? [] : [batchColumn(name, column, rowCount)];
    });
    return [{ measurement, rowCount, seriesIds, baseNs, times, columns }];
  }
}

/** top() and bottom() keep the tags of the points that they choose. */
function writtenTags({ dimensions, fields }: TypedSelect): string[] {
  const more = fields.flatMap(({ expr }) => {
    if (expr.kind !== 'call' || (expr.name !== 'top' && expr.name !== 'bottom')) return [];
    return expr.args.slice(1, -1).flatMap((arg) => (arg.kind === 'reference' ? [arg.name] : []));
  });
  return [...dimensions, ...more.filter((tag) => !dimensions.includes(tag))];
}

/** Rows that are points: with a value in some column, and no value that cannot be stored. */
function writableRows(rows: Rows): Rows {
  const columns = rows.columns.map((column) => withoutNaN(column, rows.rowCount));
  const kept: number[] = [];
  for (let row = 0; row < rows.rowCount; row++) {
    const stored = columns.some((column) => isValid(column, row));
    const infinite = columns.some(
      (column) => column?.type === 'float' && isValid(column, row) && !isFiniteAt(column, row),
    );
    if (stored && !infinite) kept.push(row);
  }
  const whole = { ...rows, columns };
  return kept.length === rows.rowCount ? whole : gatherRows(whole, Int32Array.from(kept));
}

function isFiniteAt(column: Column, row: number): boolean {
  return Number.isFinite(column.values[row]);
}

function withoutNaN(column: Column | null, rowCount: number): Column | null {
  if (column?.type !== 'float') return column;
  const valid = new Uint8Array(rowCount);
  for (let row = 0; row < rowCount; row++)
    if (isValid(column, row) && !Number.isNaN(column.values[row])) valid[row] = 1;
  return { ...column, valid: valid.includes(0) ? valid : null };
}

function batchColumn(name: string, column: Column, rowCount: number): BatchColumn {
  const { type, values, valid } = column;
  if (type === 'string') {
    return { name, type, numbers: new Float64Array(0), wide: null, strings: stringColumn(column, rowCount), valid };
  }
  if (!isWide(values)) return { name, type, numbers: values as Float64Array, wide: null, strings: null, valid };
  const wide = BigInt64Array.from(values, (value) => BigInt.asIntN(64, value));
  return { name, type, numbers: new Float64Array(rowCount), wide, strings: null, valid };
}

function stringColumn(column: Column, rowCount: number): StringColumn {
  const parts: Buffer[] = [];
  const starts = new Uint32Array(rowCount);
  const ends = new Uint32Array(rowCount);
  let length = 0;
  for (let row = 0; row < rowCount; row++) {
    const part = Buffer.from(isValid(column, row) ? (column.values[row] as string) : '');
    starts[row] = length;
    length += part.length;
    ends[row] = length;
    parts.push(part);
  }
  return { text: Buffer.concat(parts), starts, ends };
}
