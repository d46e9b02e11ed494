import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isWeirError } from '../base/index.ts';
import { type LoadedSettings, type SettingSources, loadSettings } from './load-settings.ts';
import { SETTINGS, SETTING_LISTS, environmentName, flagName } from './settings.ts';
import { parseToml } from './toml.ts';

function load(sources: Partial<SettingSources> = {}): Promise<LoadedSettings> {
  return loadSettings({ flags: {}, environment: { HOME: '/home/me' }, file: null, ...sources });
}

async function fileOf(t: TestContext, text: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-settings-'));
  t.after(() => rm(dir, { recursive: true }));
  const path = join(dir, 'weir.toml');
  await writeFile(path, text);
  return path;
}

async function faultOf(sources: Partial<SettingSources>): Promise<string> {
  const error: unknown = await load(sources).then(
    () => assert.fail('accepted'),
    (thrown: unknown) => thrown,
  );
  assert.ok(isWeirError(error, 'invalid'), String(error));
  return error.message;
}

test('defaults', async () => {
  const { settings, warnings } = await load();
  assert.equal(settings['data-dir'], '/home/me/.weir');
  assert.deepEqual(settings.http.bind, { host: '127.0.0.1', port: 8086 });
  assert.equal(settings.http['max-body-size'], 25_000_000);
  assert.equal(settings.http['write-wait'], 30_000);
  assert.equal(settings.durability, 'fsync');
  assert.equal(settings['host-metrics'], true);
  assert.deepEqual(warnings, []);
  const shared = await load({ environment: { HOME: '/home/me', XDG_DATA_HOME: '/share' } });
  assert.equal(shared.settings['data-dir'], '/share/weir');
});

test('flags go before the environment, that before the file, that before defaults', async (t) => {
  const file = await fileOf(t, 'durability = "os"\n[http]\nbind = ":1"\nkeep-alive = "1m"\nmax-row-limit = 1\n');
  const environment = { WEIR_HTTP_BIND: ':2', WEIR_HTTP_MAX_ROW_LIMIT: '2' };
  const flags = { '--http-max-row-limit': '3' };
  const { settings } = await load({ file, environment, flags });
  assert.equal(settings.durability, 'os');
  assert.equal(settings.http['keep-alive'], 60_000);
  assert.deepEqual(settings.http.bind, { host: '', port: 2 });
  assert.equal(settings.http['max-row-limit'], 3);
  const named = await load({ environment: { WEIR_CONFIG: file } });
  assert.equal(named.settings.durability, 'os');
});

test('values are read by their kind', async () => {
  const cases: readonly (readonly [
    key: string,
    text: string,
    read: (loaded: LoadedSettings) => unknown,
    value: unknown,
  ])[] = [
    ['http.max-body-size', '10', ({ settings }) => settings.http['max-body-size'], 10],
    ['http.max-body-size', '10k', ({ settings }) => settings.http['max-body-size'], 10_240],
    ['http.max-body-size', '2G', ({ settings }) => settings.http['max-body-size'], 2 ** 31],
    ['query.timeout', '1h30m', ({ settings }) => settings.query.timeout, 5_400_000],
    ['query.timeout', '0s', ({ settings }) => settings.query.timeout, 0],
    ['host-metrics', 'false', ({ settings }) => settings['host-metrics'], false],
    ['http.bind', '[::1]:99', ({ settings }) => settings.http.bind, { host: '::1', port: 99 }],
    ['log.level', 'debug', ({ settings }) => settings.log.level, 'debug'],
    ['data-dir', '/d', ({ settings }) => settings['data-dir'], '/d'],
  ];
  for (const [key, text, read, value] of cases) {
    assert.deepEqual(read(await load({ flags: { [flagName(key)]: text } })), value, key);
    assert.deepEqual(read(await load({ environment: { [environmentName(key)]: text } })), value, key);
  }
});

test('faults name the key, where its value came from, and what was expected', async (t) => {
  const file = await fileOf(t, 'durabilty = "os"\n[http]\nmax-body-size = true\n[htp]\nbind = ":1"\n');
  assert.deepEqual((await faultOf({ file })).split('\n').toSorted(), [
    `durabilty (from ${file}): there is no such setting`,
    `htp (from ${file}): there is no such setting`,
    `http.max-body-size (from ${file}): expected a size such as 25m or 1g, or a number of bytes, got true`,
  ]);
  const cases: readonly (readonly [key: string, text: string, expected: string])[] = [
    ['http.bind', '8086', 'expected an address such as 127.0.0.1:8086, [::1]:8086 or :8086'],
    ['http.bind', 'localhost:99999', 'expected an address such as 127.0.0.1:8086, [::1]:8086 or :8086'],
    ['http.max-body-size', '25mb', 'expected a size such as 25m or 1g, or a number of bytes'],
    ['query.timeout', '5 minutes', 'expected a duration such as 30s or 1h30m'],
    ['query.timeout', '30d', 'expected a duration of at most 24d'],
    ['query.max-concurrent', '-1', 'expected a whole number that is not negative'],
    ['host-metrics', 'yes', 'expected true or false'],
    ['durability', 'none', 'expected "fsync" or "os"'],
  ];
  for (const [key, text, expected] of cases) {
    const [flag, variable] = [flagName(key), environmentName(key)];
    assert.equal(await faultOf({ flags: { [flag]: text } }), `${key} (from ${flag}): ${expected}, got "${text}"`);
    assert.match(await faultOf({ environment: { [variable]: text } }), new RegExp(`\\(from ${variable}\\)`));
  }
});

test('a file that cannot be read, is not TOML, or has no sections where they belong', async (t) => {
  assert.match(await faultOf({ file: '/nonexistent/weir.toml' }), /^the settings file cannot be read: ENOENT/);
  const broken = await fileOf(t, 'durability = \n');
  assert.match(await faultOf({ file: broken }), new RegExp(`^${broken} is not TOML: `));
  const flat = await fileOf(t, 'http = 5\n');
  assert.equal(
    await faultOf({ file: flat, flags: { '--http-bind': ':1' } }),
    `http (from ${flat}): expected a section, got 5`,
  );
});

test('a variable without a setting is warned of', async () => {
  const { warnings } = await load({ environment: { WEIR_HTTP_BINDD: ':1', OTHER: '1', WEIR_LOG_LEVEL: 'warn' } });
  assert.deepEqual(warnings, ['WEIR_HTTP_BINDD is set, but there is no such setting']);
});

test('the effective settings are a file that gives the same settings', async (t) => {
  const first = await load({ flags: { '--http-bind': ':1', '--query-timeout': '1m', '--host-metrics': 'false' } });
  const second = await load({ file: await fileOf(t, first.toml), environment: {} });
  assert.deepEqual(second.settings, first.settings);
  assert.equal(second.toml, first.toml);
  const table = parseToml(first.toml, 'x') as Record<string, Record<string, unknown>>;
  for (const { key } of SETTINGS) {
    const [name, inner] = key.split('.');
    assert.ok(inner === undefined ? name in table : inner in table[name], key);
  }
});

test('sections that stand several times come from the file, and the environment goes before it by number', async (t) => {
  const file = await fileOf(
    t,
    '[[graphite]]\nenabled = true\ntemplates = ["a.* .host.measurement", "measurement*"]\n[[graphite]]\n[[udp]]\nprecision = "s"\n',
  );
  const environment = {
    WEIR_GRAPHITE_1_ENABLED: 'true',
    WEIR_GRAPHITE_1_BIND_ADDRESS: ':2004',
    WEIR_GRAPHITE_1_TAGS: 'a=b,c=d',
    WEIR_OPENTSDB_1_DATABASE: 'x',
    WEIR_SUBSCRIBER_WRITE_CONCURRENCY: '3',
    WEIR_UDP_0_PRECISON: 's',
    WEIR_UDP_100_PRECISION: 's',
  };
  const { settings, toml, warnings } = await load({ file, environment });
  assert.deepEqual(
    settings.graphite.map((graphite) => [
      graphite.enabled,
      graphite['bind-address'].port,
      graphite.tags,
      graphite.templates.length,
    ]),
    [
      [true, 2003, [], 2],
      [true, 2004, ['a=b', 'c=d'], 0],
    ],
  );
  assert.deepEqual(
    settings.opentsdb.map(({ database }) => database),
    ['opentsdb', 'x'],
  );
  assert.equal(settings.udp[0].precision, 's');
  assert.deepEqual(settings.collectd, []);
  assert.equal(settings.subscriber['write-concurrency'], 3);
  assert.deepEqual(warnings, [
    'WEIR_UDP_0_PRECISON is set, but there is no such setting',
    'WEIR_UDP_100_PRECISION is set, but there is no such setting',
  ]);
  const again = await load({ file: await fileOf(t, toml), environment: {} });
  assert.deepEqual(again.settings, settings);
  assert.equal(again.toml, toml);
});

test('faults of such sections name which one', async (t) => {
  const cases: readonly (readonly [text: string, fault: string])[] = [
    ['[[udp]]\n[[udp]]\nprecision = 5', 'udp.1.precision (from FILE): expected "" or "n"'],
    ['[[udp]]\nprecison = "s"', 'udp.0.precison (from FILE): there is no such setting'],
    ['[udp]\nprecision = "s"', 'udp (from FILE): expected sections in double brackets'],
    ['udp = 5', 'udp (from FILE): expected sections in double brackets, got 5'],
    ['[[graphite]]\ntags = "a=b"', 'graphite.0.tags (from FILE): expected a list of texts, got "a=b"'],
    ['[[graphite]]\ntags = [1]', 'graphite.0.tags.0: expected a text'],
  ];
  for (const [text, fault] of cases) {
    const file = await fileOf(t, `${text}\n`);
    const told = (await faultOf({ file })).replace(file, 'FILE');
    assert.ok(told.startsWith(fault), told);
  }
  const told = await faultOf({ environment: { WEIR_COLLECTD_0_BATCH_SIZE: 'x' } });
  assert.equal(
    told,
    'collectd.0.batch-size (from WEIR_COLLECTD_0_BATCH_SIZE): expected a whole number that is not negative, got "x"',
  );
});

test('docs/configuration.md lists every setting with its names, default and meaning', async () => {
  const page = await readFile(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  const rows = SETTINGS.map(({ key, fallback, about }) => {
    const shown = fallback === '' || Array.isArray(fallback) ? '' : `\`${String(fallback)}\``;
    return `| \`${key}\` | \`${environmentName(key)}\` | \`${flagName(key)}\` | ${shown} | ${about} |`;
  });
  for (const row of rows) assert.ok(page.includes(`\n${row}\n`), `docs/configuration.md lacks the row\n${row}`);
  const listed = page.match(/^\| `[^`]+` \| `WEIR_/gm) ?? [];
  assert.equal(listed.length, SETTINGS.length, 'docs/configuration.md lists settings that do not exist');
  const listRows = SETTING_LISTS.flatMap((list) =>
    list.leaves.map(({ key, fallback, about }) => {
      const shown = fallback === '' || Array.isArray(fallback) ? '' : `\`${String(fallback)}\``;
      return `| \`${list.key}\` \`${key}\` | ${shown} | ${about} |`;
    }),
  );
  for (const row of listRows) assert.ok(page.includes(`\n${row}\n`), `docs/configuration.md lacks the row\n${row}`);
  const rowsOfLists = page.match(/^\| `[^`]+` `[^`]+` \|/gm) ?? [];
  assert.equal(rowsOfLists.length, listRows.length, 'docs/configuration.md lists settings that do not exist');
});
