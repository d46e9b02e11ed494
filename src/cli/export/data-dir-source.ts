// Queries on a data directory that no server uses: its engine is opened in this process, and nothing runs by the clock.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Statistics, WeirError, systemClock } from '../../base/index.ts';
import { type Cell, type ResultBatch, type ResultColumn, RunningQueries, parseQuery } from '../../influxql/index.ts';
import { STORED_PARTS } from '../../ladder/index.ts';
import { Closers } from '../closers.ts';
import type { CommandIo } from '../command-io.ts';
import { claimDataDir } from '../data-dir.ts';
import { type OpenEngine, openEngine } from '../engine.ts';
import type { AnswerDocument } from '../influx/answer.ts';
import type { QuerySource } from '../influx/ask.ts';
import type { RequestParameters } from '../influx/influx-client.ts';
import { loadSettings } from '../load-settings.ts';
import { createLogger } from '../logger.ts';

/** Runs `use` and closes the engine. Rejects with `locked` while another process has the directory. */
export async function withDataDir(
  dir: string,
  io: CommandIo,
  use: (source: QuerySource) => Promise<void>,
): Promise<void> {
  // A wrong path would otherwise be a new, empty directory.
  if (!existsSync(join(dir, 'store'))) throw new WeirError('not found', `${dir} is no data directory of Weir`);
  const flags = { '--data-dir': dir, '--subscriber-enabled': 'false' };
  const { settings } = await loadSettings({ flags, environment: {}, file: null });
  const closers = new Closers();
  try {
    const dataDir = await claimDataDir(settings['data-dir']);
    closers.add(() => dataDir.lock.release());
    const logger = createLogger({ ...settings.log, level: 'warn' }, io.stderr);
    const queries = new RunningQueries({ maxConcurrent: 0, timeoutMs: 0, slowAfterMs: 0 }, () => {});
    const parts = { settings, dataDir, clock: systemClock, logger, queries, statistics: new Statistics() };
    const engine = await openEngine({ ...parts, onProgress: () => {} }, closers);
    await use({ query: (text, parameters) => runQuery(engine, text, parameters) });
  } finally {
    await closers.run();
  }
}

/** As a server answers in chunks, with times as nanoseconds. */
async function* runQuery(
  engine: OpenEngine,
  text: string,
  { db: database, stored: part }: RequestParameters,
): AsyncIterable<AnswerDocument> {
  const { signal } = new AbortController();
  const stored = STORED_PARTS.find((each) => each === part);
  const request = {
    database: database || undefined,
    policy: undefined,
    user: undefined,
    readOnly: false,
    signal,
    stored,
  };
  for await (const { batches, error } of engine.http.execute(parseQuery(text), request)) {
    if (error !== null) yield { results: [{ series: [], messages: [], error }], error: null };
    for await (const batch of batches) {
      yield { results: [{ series: [answerSeries(batch)], messages: [], error: null }], error: null };
    }
  }
}

function answerSeries({ series, rowCount, columns }: ResultBatch): AnswerDocument['results'][number]['series'][number] {
  const readers = columns.map(cellReader);
  const rows = Array.from({ length: rowCount }, (_, row) => readers.map((read) => read(row)));
  return { name: series.name, tags: series.tags ?? [], columns: series.columns, rows, partial: false };
}

/** Cells as JSON writes them. */
function cellReader(column: ResultColumn): (row: number) => string {
  if (column.kind === 'times') return (row) => String(column.baseNs + BigInt(column.offsets[row]));
  if (column.kind === 'cells') return (row) => cellJson(column.values[row]);
  const { valid, values } = column;
  const read: (row: number) => string =
    column.kind === 'booleans' ? (row) => String(values[row] !== 0) : (row) => cellJson(values[row]);
  return (row) => (valid !== null && valid[row] === 0 ? 'null' : read(row));
}

function cellJson(value: Cell): string {
  if (typeof value === 'bigint') return String(value);
  return Object.is(value, -0) ? '-0' : JSON.stringify(value);
}
