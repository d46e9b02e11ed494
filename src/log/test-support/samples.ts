// For tests only: changes to put into a log, and a directory to put it in.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type BatchColumn, type FieldType, type MeasurementBatch, SeriesTable } from '../../model/index.ts';
import type { Change, WriteChange } from '../change.ts';
import type { Log, LoggedChange, Seq, SeriesTables } from '../log.ts';

/** Removed when the test ends. */
export async function temporaryDirectory(test: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'weir-log-'));
  test.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** A series table for each bucket, as a view would have them. */
export function seriesTables(): SeriesTables {
  const tables = new Map<string, SeriesTable>();
  return (bucketId) => {
    let table = tables.get(bucketId);
    if (table === undefined) {
      table = new SeriesTable();
      tables.set(bucketId, table);
    }
    return table;
  };
}

export function internKey(table: SeriesTable, key: string): number {
  const bytes = Buffer.from(key);
  return table.intern(bytes, 0, bytes.length);
}

export const BUCKET = '00000000000000b1';

/** One point, which its number tells from all others: field `n` of series `m,host=h<number % 7>`. */
export function point(tables: SeriesTables, number: number): WriteChange {
  const id = internKey(tables(BUCKET), `m,host=h${number % 7}`);
  const batch: MeasurementBatch = {
    measurement: 'm',
    rowCount: 1,
    seriesIds: Int32Array.of(id),
    baseNs: 1_700_000_000_000_000_000n,
    times: Float64Array.of(number * 1e9),
    columns: [numbersColumn('n', 'integer', [number])],
  };
  return { op: 'write', bucketId: BUCKET, tables: [batch] };
}

/** The same with many rows, numbered from `first`, each its own series: about 40 bytes a row in the log. */
export function points(tables: SeriesTables, first: number, count: number): WriteChange {
  const numbers = Array.from({ length: count }, (_, i) => first + i);
  const batch: MeasurementBatch = {
    measurement: 'm',
    rowCount: count,
    seriesIds: Int32Array.from(numbers, (number) => internKey(tables(BUCKET), `m,host=host-number-${number}`)),
    baseNs: 0n,
    times: Float64Array.from(numbers, (number) => number * 1e9),
    columns: [numbersColumn('n', 'integer', numbers)],
  };
  return { op: 'write', bucketId: BUCKET, tables: [batch] };
}

export function numbersColumn(name: string, type: FieldType, values: readonly number[]): BatchColumn {
  return { name, type, numbers: Float64Array.from(values), wide: null, strings: null, valid: null };
}

/** The number of a `point`, after checking that its key came through. */
export function numberOf(tables: SeriesTables, change: Change): number {
  if (change.op !== 'write') throw new Error(`a ${change.op} where a point was expected`);
  const [batch] = change.tables;
  const number = batch.columns[0].numbers[0];
  const key = tables(change.bucketId).keyText(batch.seriesIds[0]);
  if (key !== `m,host=h${number % 7}` && key !== `m,host=host-number-${number}`) {
    throw new Error(`point ${number} came back with the key ${key}`);
  }
  return number;
}

export async function readAll(log: Log, after: Seq = 0): Promise<LoggedChange[]> {
  const changes: LoggedChange[] = [];
  for await (const change of log.read(after)) changes.push(change);
  return changes;
}

/** `seq:number` of every point in the log. */
export async function readNumbers(log: Log, tables: SeriesTables, after: Seq = 0): Promise<string[]> {
  return (await readAll(log, after)).map(({ seq, change }) => `${seq}:${numberOf(tables, change)}`);
}

/** A small generator of random numbers in [0, 1), the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
