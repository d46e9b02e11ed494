import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogFields, Logger } from '../../http/index.ts';
import { loadSettings } from '../load-settings.ts';
import { startServer } from '../server.ts';
import { linesOf } from './internal-store.ts';

interface Series {
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly values?: readonly (readonly unknown[])[];
}

interface Running {
  readonly address: string;
  readonly warnings: (readonly [LogFields, string])[];
  /** The series of the first statement. */
  query(text: string, database?: string): Promise<readonly Series[]>;
  write(lines: string, database: string): Promise<void>;
}

async function start(t: TestContext, flags: Readonly<Record<string, string>>): Promise<Running> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-monitor-'));
  const own = { '--data-dir': dir, '--http-bind': '127.0.0.1:0', '--host-metrics': 'false', '--durability': 'os' };
  const { settings } = await loadSettings({ flags: { ...own, ...flags }, environment: {}, file: null });
  const warnings: [LogFields, string][] = [];
  const ignore = (): void => {};
  const logger: Logger = { debug: ignore, info: ignore, warn: (...line) => warnings.push(line), error: ignore };
  const server = await startServer(settings, { logger });
  t.after(async () => {
    await server.close();
    await rm(dir, { recursive: true });
  });
  const { address } = server;
  return {
    address,
    warnings,
    query: async (q, db = '') => {
      const answer = await fetch(`http://${address}/query?epoch=ns&${new URLSearchParams({ q, db }).toString()}`);
      const { results } = (await answer.json()) as { results: { series?: Series[]; error?: string }[] };
      assert.equal(results[0].error, undefined);
      return results[0].series ?? [];
    },
    write: async (body, db) => {
      const answer = await fetch(`http://${address}/write?db=${db}`, { method: 'POST', body });
      assert.equal(answer.status, 204);
    },
  };
}

const NAMES = [
  'database',
  'httpd',
  'queryExecutor',
  'runtime',
  'shard',
  'tsm1_cache',
  'tsm1_filestore',
  'weir_view',
  'write',
];

test('statistics are written at even instants, as integers, under the name of the host', async (t) => {
  const server = await start(t, { '--monitor-store-interval': '100ms' });
  await server.query('CREATE DATABASE d');
  await server.write('m,a=b v=1 10\nm w="x" 10', 'd');
  for (let wait = 0; (await server.query('SHOW MEASUREMENTS', '_internal')).length === 0; wait++) {
    assert.ok(wait < 100, 'nothing was stored');
    await sleep(20);
  }
  await sleep(300);
  const [measurements] = await server.query('SHOW MEASUREMENTS', '_internal');
  const written = measurements.values?.flat() ?? [];
  assert.deepEqual(
    NAMES.filter((name) => !written.includes(name)),
    [],
  );
  const [policy] = await server.query('SHOW RETENTION POLICIES ON _internal');
  assert.deepEqual(policy.values, [['monitor', '168h0m0s', '24h0m0s', 1, true]]);
  for (const { columns, values } of await server.query('SHOW FIELD KEYS', '_internal')) {
    assert.deepEqual(columns, ['fieldKey', 'fieldType']);
    for (const [name, type] of values ?? []) assert.equal(type, 'integer', String(name));
  }
  const times = (await server.query('SELECT "numSeries" FROM "database" WHERE "database" = \'d\'', '_internal'))[0];
  const rows = times.values ?? [];
  assert.deepEqual(new Set(rows.map(([time]) => Number(time) % 1e8)), new Set([0]));
  assert.equal(rows.at(-1)?.[1], 2);
  const tags = await server.query('SHOW TAG KEYS FROM "shard"', '_internal');
  assert.deepEqual(tags[0].values?.flat(), [
    'database',
    'engine',
    'hostname',
    'id',
    'path',
    'retentionPolicy',
    'walPath',
  ]);
  assert.deepEqual(server.warnings, []);
});

test('the database can have another name; what cannot be stored is said once', async (t) => {
  const server = await start(t, { '--monitor-store-interval': '400ms', '--monitor-store-database': 'self' });
  await server.query('CREATE DATABASE self');
  for (let wait = 0; server.warnings.length === 0 && wait < 200; wait++) await sleep(20);
  await sleep(500);
  const text = 'statistics cannot be stored';
  assert.deepEqual(server.warnings, [[{ error: 'retention policy not found: monitor' }, text]]);
  await server.query('DROP DATABASE self');
  for (let wait = 0; (await server.query('SHOW MEASUREMENTS', 'self').catch(() => [])).length === 0; wait++) {
    assert.ok(wait < 200, 'nothing was stored');
    await sleep(20);
  }
});

test('nothing is written when that is switched off', async (t) => {
  const server = await start(t, { '--monitor-store-interval': '20ms', '--monitor-store-enabled': 'false' });
  await sleep(100);
  assert.deepEqual((await server.query('SHOW DATABASES'))[0].values, undefined);
});

test('SHOW STATS, SHOW DIAGNOSTICS, /debug/vars and /metrics tell the same', async (t) => {
  const server = await start(t, { '--monitor-store-enabled': 'false', '--query-max-select-series': '7' });
  await server.query('CREATE DATABASE d');
  await server.write('m,a=b v=1 10\nm w="x" 10', 'd');
  const [shard] = await server.query("SHOW STATS FOR 'shard'");
  assert.equal(shard.tags?.id, '1');
  const at = (name: string): unknown => shard.values?.[0][shard.columns.indexOf(name)];
  assert.deepEqual([at('writePointsOk'), at('seriesCreate'), at('fieldsCreate')], [2, 2, 2]);
  assert.deepEqual([...shard.columns], shard.columns.toSorted());
  const all = await server.query('SHOW STATS');
  const told = all.map(({ name }) => name);
  assert.deepEqual(
    NAMES.filter((name) => !told.includes(name)),
    [],
  );
  const [indexes] = await server.query("SHOW STATS FOR 'indexes'");
  assert.deepEqual(indexes.columns, ['memoryBytes']);
  assert.ok(Number(indexes.values?.[0][0]) > 1000);
  assert.deepEqual(await server.query("SHOW STATS FOR 'nope'"), []);

  const diagnostics = await server.query('SHOW DIAGNOSTICS');
  const names = diagnostics.map(({ name }) => name);
  assert.deepEqual(names, names.toSorted());
  for (const name of ['build', 'config-coordinator', 'network', 'runtime', 'system'])
    assert.ok(names.includes(name), name);
  const [coordinator] = await server.query("SHOW DIAGNOSTICS FOR 'config-coordinator'");
  assert.equal(coordinator.values?.[0][coordinator.columns.indexOf('max-select-series')], 7);

  const vars = (await (await fetch(`http://${server.address}/debug/vars`)).json()) as Record<string, Series>;
  assert.equal(Object.keys(vars).slice(0, 4).join(' '), 'system cmdline memstats runtime');
  assert.deepEqual(vars['database:d'].values, { numMeasurements: 1, numSeries: 2 });
  assert.equal(vars[`httpd:${server.address}`].name, 'httpd');
  assert.ok(Object.keys(vars).some((key) => /^shard:.*:1$/.test(key)));
  const metrics = await (await fetch(`http://${server.address}/metrics`)).text();
  assert.match(metrics, /\nweir_database_num_series\{database="d"\} 2\n/);
  assert.doesNotMatch(metrics, /weir_httpd_/);
});

test('statistics as line protocol', () => {
  const lines = linesOf(
    [
      {
        name: 'a b',
        tags: { 'z,': 'x y', empty: '' },
        values: { n: 1.6, 'big one': 2n ** 63n - 1n, ok: true, s: 'q"\\' },
      },
      { name: 'none', tags: {}, values: {} },
    ],
    'host=1',
    7n,
  );
  assert.equal(
    lines,
    String.raw`a\ b,hostname=host\=1,z\,=x\ y n=2i,big\ one=9223372036854775807i,ok=true,s="q\"\\" 7` + '\n',
  );
});
