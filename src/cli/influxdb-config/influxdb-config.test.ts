import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isWeirError } from '../../base/index.ts';
import { type LoadedSettings, type SettingSources, loadSettings } from '../load-settings.ts';
import { SETTINGS, SETTING_LISTS } from '../settings.ts';
import { parseToml } from '../toml.ts';
import { INFLUXDB_KEYS, INFLUXDB_LISTS } from './influxdb-keys.ts';
import { readInfluxdbValue } from './influxdb-value.ts';

const HOME = { HOME: '/home/me' };

async function fileOf(t: TestContext, text: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-influxdb-config-'));
  t.after(() => rm(dir, { recursive: true }));
  const path = join(dir, 'influxdb.conf');
  await writeFile(path, text);
  return path;
}

async function load(
  t: TestContext,
  text: string,
  environment: SettingSources['environment'] = {},
): Promise<LoadedSettings> {
  const file = text === '' ? null : await fileOf(t, text);
  return loadSettings({ flags: {}, environment: { ...HOME, ...environment }, file });
}

async function faultOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => assert.fail('accepted'),
    (thrown: unknown) => thrown,
  );
  assert.ok(isWeirError(error, 'invalid'), String(error));
  return error.message.replace(/\/\S*influxdb\.conf/g, 'FILE');
}

/** The value of a setting as `weir config` prints it. */
function valueOf({ toml }: LoadedSettings, key: string): unknown {
  let value: unknown = parseToml(toml, 'weir config');
  for (const name of key.split('.')) value = (value as Readonly<Record<string, unknown>> | undefined)?.[name];
  return value;
}

/** A value in TOML and what it is in Weir's settings, for keys without a peculiarity. */
const SAMPLES = {
  text: ['"x"', 'x'],
  texts: ['["x", "y"]', ['x', 'y']],
  boolean: ['true', true],
  integer: ['7', 7],
  size: ['"3m"', '3m'],
  duration: ['"1h2m0s"', '62m'],
  nanoseconds: ['3000000000', '3s'],
  group: ['"1000"', '1000'],
  headers: ['{ A = "1" }', ['A: 1']],
} as const;

/** Keys that take only some values. */
const OWN_SAMPLES = new Map<string, readonly [toml: string, value: unknown]>([
  ['data.dir', ['"/mnt/x/data"', '/mnt/x/weir']],
  ['http.bind-address', ['":9"', ':9']],
  ['logging.format', ['"logfmt"', 'logfmt']],
  ['logging.level', ['"WARN"', 'warn']],
  ['retention.enabled', ['false', '0s']],
  ['data.cache-snapshot-write-cold-duration', ['"5m"', '5m']],
  ['graphite.protocol', ['"udp"', 'udp']],
  ['collectd.security-level', ['"sign"', 'sign']],
  ['collectd.parse-multivalue-plugin', ['"join"', 'join']],
  ['udp.precision', ['"ms"', 'ms']],
  ...INFLUXDB_LISTS.map((list) => [`${list}.bind-address`, ['":9"', ':9']] as const),
  ...['graphite', 'opentsdb'].map((list) => [`${list}.consistency-level`, ['"any"', 'any']] as const),
]);

test('every key has an effect in Weir or is named as one that has none', async (t) => {
  for (const { key, kind, to, convert } of INFLUXDB_KEYS) {
    const [section, ...rest] = key.split('.');
    const [toml, expected] = OWN_SAMPLES.get(key) ?? SAMPLES[kind];
    const head = INFLUXDB_LISTS.includes(section) ? `[[${section}]]\n` : rest.length === 0 ? '' : `[${section}]\n`;
    const name = rest.length === 0 ? section : rest.join('.');
    // A key that Weir has as well does not say whose file it is.
    const other = section === 'meta' ? 'bind-address = ":1"\n' : '[meta]\n';
    const loaded = await load(
      t,
      rest.length === 0 ? `${name} = ${toml}\n[meta]\n` : `${other}${head}${name} = ${toml}\n`,
    );
    const isIgnored = loaded.warnings.some((warning) => warning.includes(` ${key} (`));
    assert.equal(isIgnored, to === null && convert === undefined, key);
    if (to === null) continue;
    const place = INFLUXDB_LISTS.includes(section) ? to.replace('.', '.0.') : to;
    assert.deepEqual(valueOf(loaded, place), expected, key);
  }
});

test('every target is a setting', () => {
  const settings = new Set([
    ...SETTINGS.map(({ key }) => key),
    ...SETTING_LISTS.flatMap((list) => list.leaves.map(({ key }) => `${list.key}.${key}`)),
  ]);
  for (const { key, to } of INFLUXDB_KEYS) assert.ok(to === null || settings.has(to), `${key} -> ${to}`);
  assert.equal(new Set(INFLUXDB_KEYS.map(({ key }) => key)).size, INFLUXDB_KEYS.length);
});

test("influxd's own configuration is understood, every key of it", {
  skip: !existsSync('/usr/bin/influxd') && 'needs influxd',
}, async (t) => {
  const printed = execFileSync('/usr/bin/influxd', ['config'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const loaded = await load(t, printed);
  assert.deepEqual(loaded.settings.http.bind, { host: '', port: 8086 });
  assert.match(loaded.warnings[0], /without effect in Weir: /);
  // An experiment that went with 1.8.
  const unknown = /knows (.*)$/.exec(loaded.warnings[1] ?? 'knows ')?.[1].split(', ') ?? [];
  assert.deepEqual(
    unknown.filter((key) => key !== '' && !key.startsWith('ifql.')),
    [],
  );
});

test("the distribution's configuration is understood", {
  skip: !existsSync('/etc/influxdb/influxdb.conf') && 'needs its package',
}, async () => {
  const file = '/etc/influxdb/influxdb.conf';
  const { settings, warnings, notes } = await loadSettings({ flags: {}, environment: HOME, file });
  assert.equal(settings['data-dir'], '/var/lib/influxdb/weir');
  assert.ok(!warnings.join().includes('knows'), warnings.join('\n'));
  assert.deepEqual(notes, [
    `${file} is a configuration of InfluxDB 1.x; Weir keeps its data in /var/lib/influxdb/weir`,
  ]);
});

test('what a 1.x file leaves out is as in 1.x', async (t) => {
  const { settings } = await load(t, '[meta]\ndir = "/x/meta"\n');
  assert.deepEqual(settings.http.bind, { host: '', port: 8086 });
  assert.equal(settings.http['log-enabled'], true);
  assert.equal(settings['host-metrics'], false);
  assert.equal(settings['data-dir'], '/home/me/.weir');
  assert.equal(settings.storage['retention-interval'], 1_800_000);
});

test('variables go before the file, those of Weir before those of InfluxDB', async (t) => {
  const text =
    '[meta]\n[http]\nbind-address = ":1"\nauth-enabled = false\n[[graphite]]\n[[graphite]]\ndatabase = "g1"\n';
  const { settings, warnings } = await load(t, text, {
    INFLUXDB_HTTP_BIND_ADDRESS: ':2',
    INFLUXDB_HTTP_AUTH_ENABLED: 'T',
    INFLUXDB_HTTP_MAX_ROW_LIMIT: '0x10',
    WEIR_HTTP_MAX_ROW_LIMIT: '3',
    INFLUXDB_COORDINATOR_QUERY_TIMEOUT: '1.5s',
    INFLUXDB_CONTINUOUS_QUERIES_RUN_INTERVAL: '2s',
    INFLUXDB_GRAPHITE_ENABLED: 'true',
    INFLUXDB_GRAPHITE_0_DATABASE: 'g0',
    INFLUXDB_GRAPHITE_1_TEMPLATES: 'a.b,c.d',
    INFLUXDB_UDP_ENABLED: 'true',
    INFLUXDB_UDP_BIND_ADDRESS: '',
    INFLUXDB_DATA_WAL_FSYNC_DELAY: '10ms',
    INFLUXDB_DB: 'mine',
  });
  assert.deepEqual(settings.http.bind, { host: '', port: 2 });
  assert.equal(settings.http['auth-enabled'], true);
  assert.equal(settings.http['max-row-limit'], 3);
  assert.equal(settings.query.timeout, 1500);
  assert.equal(settings['continuous-queries']['run-interval'], 2000);
  assert.deepEqual(
    settings.graphite.map(({ enabled, database }) => [enabled, database]),
    [
      [true, 'g0'],
      [true, 'g1'],
    ],
  );
  assert.deepEqual(settings.graphite[1].templates, ['a.b', 'c.d']);
  assert.deepEqual(
    settings.udp.map(({ enabled }) => enabled),
    [true],
  );
  assert.match(warnings[0], /INFLUXDB_DATA_WAL_FSYNC_DELAY \(writes that come together/);
  assert.match(warnings[1], /knows INFLUXDB_DB$/);
  const alone = await load(t, '', { INFLUXDB_HTTP_AUTH_ENABLED: 'true' });
  assert.equal(alone.settings.http['auth-enabled'], true);
  assert.deepEqual(alone.settings.http.bind, { host: '127.0.0.1', port: 8086 });
});

test('the file may be named as for influxd', async (t) => {
  const path = await fileOf(t, '[meta]\n[http]\nbind-address = ":7"\n');
  const { settings } = await loadSettings({
    flags: {},
    environment: { ...HOME, INFLUXDB_CONFIG_PATH: path },
    file: null,
  });
  assert.equal(settings.http.bind.port, 7);
  const none = await loadSettings({
    flags: {},
    environment: { ...HOME, INFLUXDB_CONFIG_PATH: path },
    file: '/dev/null',
  });
  assert.equal(none.settings.http.bind.port, 8086);
});

test("whose file it is: keys of InfluxDB's only, keys of Weir's only, not both", async (t) => {
  const port = async (text: string) => (await load(t, text)).settings.http.bind.host;
  for (const theirs of [
    '[coordinator]\n',
    '[http]\nbind-address = ":8086"\n',
    '[cluster]\nquery-timeout = "1s"\n',
    'bind-address = ":8088"\n',
  ])
    assert.equal(await port(theirs), '', theirs);
  for (const ours of [
    '[query]\n',
    '[http]\nbind = "127.0.0.1:1"\n',
    '[http]\nauth-enabled = true\n',
    '[[graphite]]\nenabled = false\n',
  ])
    assert.equal(await port(ours), '127.0.0.1', ours);
  const mixture = "FILE: data.dir is a key of InfluxDB's configuration, query.timeout one of Weir's;";
  assert.ok((await faultOf(load(t, '[data]\ndir = "/x"\n[query]\ntimeout = "1s"\n'))).startsWith(mixture));
});

test('faults name the key as it was given', async (t) => {
  const cases: readonly (readonly [text: string, fault: string])[] = [
    ['[http]\nbind-address = 8086', 'FILE: http.bind-address: expected a text, got 8086'],
    ['[http]\nbind-address = "8086"', 'http.bind (from FILE: http.bind-address): expected an address such as'],
    ['[http]\nenabled = false', 'FILE: http.enabled: Weir is reached by HTTP only'],
    [
      '[coordinator]\nquery-timeout = "5"',
      'FILE: coordinator.query-timeout: expected a duration such as 30s or 1h30m, got "5"',
    ],
    [
      '[coordinator]\nmax-concurrent-queries = "5"',
      'FILE: coordinator.max-concurrent-queries: expected a whole number, got "5"',
    ],
    ['[meta]\nretention-autocreate = "yes"', 'FILE: meta.retention-autocreate: expected true or false, got "yes"'],
    ['[[udp]]\nprecision = "x"', 'udp.0.precision (from FILE: udp[0].precision): expected'],
    ['[http]\nheaders = 1', 'FILE: http.headers: expected a section of names and texts, got 1'],
    ['[logging]\nlevel = "loud"', 'log.level (from FILE: logging.level): expected "debug"'],
  ];
  for (const [text, fault] of cases) {
    const told = await faultOf(load(t, `reporting-disabled = true\n${text}\n`));
    assert.ok(told.startsWith(fault), `${told}\ninstead of\n${fault}`);
  }
  const told = await faultOf(load(t, '', { INFLUXDB_HTTP_MAX_ROW_LIMIT: 'x', INFLUXDB_HTTP_AUTH_ENABLED: 'maybe' }));
  assert.equal(
    told,
    'INFLUXDB_HTTP_AUTH_ENABLED: expected true or false, got "maybe"\nINFLUXDB_HTTP_MAX_ROW_LIMIT: expected a whole number, got "x"',
  );
});

test('durations as Go writes them', () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['', undefined],
    ['0', '0s'],
    ['0s', '0s'],
    ['1h0m0s', '1h'],
    ['1.5h', '90m'],
    ['100ms', '100ms'],
    ['10us', '1ms'],
    ['5ns', '1ms'],
    ['720h0m0s', '30d'],
  ];
  for (const [text, expected] of cases) assert.equal(readInfluxdbValue('duration', text), expected, text);
  for (const bad of ['5', '1d', '-1s', '1 s', 's', '.'])
    assert.throws(() => readInfluxdbValue('duration', bad), /^Error: expected a duration/, bad);
});

test('docs/migrating-from-influxdb.md has the same table', async () => {
  const page = await readFile(new URL('../../../docs/migrating-from-influxdb.md', import.meta.url), 'utf8');
  const rows = INFLUXDB_KEYS.map(
    ({ key, to, note }) => `| \`${key}\` | ${to === null ? '–' : `\`${to}\``} | ${note} |`,
  );
  for (const row of rows) assert.ok(page.includes(`\n${row}\n`), `the page lacks the row\n${row}`);
  assert.equal((page.match(/^\| `[^`]+` \| (?:–|`[^`]+`) \|/gm) ?? []).length, rows.length);
});
