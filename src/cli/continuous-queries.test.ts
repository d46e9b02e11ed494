// Continuous queries of a whole server: by the real clock, over HTTP, with what it tells of them.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogFields, Logger } from '../http/index.ts';
import { loadSettings } from './load-settings.ts';
import { type RunningServer, startServer } from './server.ts';

interface Stage {
  readonly lines: (readonly [level: string, text: string, fields: LogFields])[];
  start(flags?: Readonly<Record<string, string>>): Promise<RunningServer>;
}

async function setStage(t: TestContext): Promise<Stage> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-cq-'));
  const servers: RunningServer[] = [];
  t.after(async () => {
    for (const server of servers) await server.close();
    await rm(dir, { recursive: true });
  });
  const lines: [string, string, LogFields][] = [];
  const at =
    (level: string): Logger['info'] =>
    (fields, text) =>
      void lines.push([level, text, fields]);
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const own = {
    '--data-dir': dir,
    '--http-bind': '127.0.0.1:0',
    '--host-metrics': 'false',
    '--durability': 'os',
    '--continuous-queries-run-interval': '50ms',
  };
  return {
    lines,
    async start(flags = {}) {
      const { settings } = await loadSettings({ flags: { ...own, ...flags }, environment: {}, file: null });
      const server = await startServer(settings, { logger });
      servers.push(server);
      return server;
    },
  };
}

interface Series {
  readonly name: string;
  readonly columns: readonly string[];
  readonly values: readonly (readonly (string | number | null)[])[];
}

async function query(server: RunningServer, q: string, db = ''): Promise<readonly Series[]> {
  const body = new URLSearchParams({ q, db, epoch: 'ms' });
  const response = await fetch(`http://${server.address}/query`, { method: 'POST', body });
  const { results } = (await response.json()) as { results: { series?: Series[]; error?: string }[] };
  for (const { error } of results) assert.equal(error, undefined);
  return results.flatMap(({ series = [] }) => series);
}

async function write(server: RunningServer, db: string, lines: string): Promise<void> {
  const response = await fetch(`http://${server.address}/write?db=${db}&precision=ms`, { method: 'POST', body: lines });
  assert.equal(response.status, 204);
}

/** Asks until there is an answer. */
async function first<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const startMs = performance.now();
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    assert.ok(performance.now() - startMs < 20_000, 'waited in vain');
    await sleep(50);
  }
}

const MEAN = 'CREATE CONTINUOUS QUERY mean ON m BEGIN SELECT mean(v) INTO means FROM cpu GROUP BY time(1s) END';

test('a query runs, is told of, goes on after a restart, and catches up', async (t) => {
  const stage = await setStage(t);
  const flags = {
    '--continuous-queries-query-stats-enabled': 'true',
    '--monitor-store-interval': '100ms',
  };
  let server = await stage.start(flags);
  await query(server, `CREATE DATABASE m; ${MEAN}`);
  await query(server, 'CREATE CONTINUOUS QUERY raw ON m BEGIN SELECT v INTO x FROM cpu END');
  await first(async () => (await query(server, 'SHOW DATABASES'))[0].values.find(([name]) => name === '_internal'));
  // In the middle of a second, so that both points are in one window.
  await sleep(1300 - (Date.now() % 1000));
  const nowMs = Date.now();
  await write(server, 'm', `cpu v=1 ${nowMs}\ncpu v=2 ${nowMs + 1}`);
  const window = nowMs - (nowMs % 1000);
  const means = await first(async () => (await query(server, 'SELECT mean FROM means', 'm'))[0]?.values);
  assert.deepEqual(means, [[window, 1.5]]);

  const [statistics] = await query(server, "SHOW STATS FOR 'cq'");
  assert.equal(statistics.values[0][statistics.columns.indexOf('pointsWritten')], 1);
  const [diagnostics] = await query(server, "SHOW DIAGNOSTICS FOR 'continuous_queries'");
  const errors = diagnostics.values.map((row) => [row[1], row[diagnostics.columns.indexOf('last_error')]]);
  assert.deepEqual(errors, [
    ['mean', null],
    ['raw', 'continuous queries must be aggregate queries'],
  ]);
  const runs = "SELECT pointsWrittenOK, startTime FROM cq_query WHERE cq = 'mean' AND db = 'm' AND pointsWrittenOK = 1";
  const [[, written, startTime]] = await first(async () => (await query(server, runs, '_internal'))[0]?.values);
  assert.deepEqual([written, startTime], [1, window * 1e6]);
  const told = stage.lines.filter(([, text]) => text.startsWith('a continuous query'));
  assert.ok(told.some(([level, text, { written: count }]) => level === 'info' && text.endsWith('ran') && count === 1));
  assert.deepEqual(
    told.filter(([level]) => level === 'warn').map(([, text, { name, error }]) => [text, name, error]),
    [['a continuous query cannot run', 'raw', 'continuous queries must be aggregate queries']],
  );

  await server.close();
  await sleep(1100);
  server = await stage.start(flags);
  // Of the time when nobody was there; before the first run after the start, or late.
  await write(server, 'm', `cpu v=8 ${window + 1500}`);
  const after = await first(async () => {
    const rows = (await query(server, 'SELECT mean FROM means', 'm'))[0]?.values;
    return rows.length > 1 ? rows : undefined;
  });
  assert.deepEqual(after, [
    [window, 1.5],
    [window + 1000, 8],
  ]);
});

test('they may be turned off', async (t) => {
  const server = await (await setStage(t)).start({ '--continuous-queries-enabled': 'false' });
  await query(server, `CREATE DATABASE m; ${MEAN}`);
  await write(server, 'm', `cpu v=1 ${Date.now()}`);
  await sleep(1300);
  assert.deepEqual(await query(server, 'SELECT * FROM means', 'm'), []);
  assert.equal((await query(server, 'SHOW CONTINUOUS QUERIES')).at(-1)?.values.length, 1);
});

test('an interval of nothing is refused', async (t) => {
  const start = (await setStage(t)).start({ '--continuous-queries-run-interval': '0s' });
  await assert.rejects(start, { code: 'invalid', message: 'continuous-queries.run-interval must be positive' });
});
