// `weir ladder`, /api/ladders and `[[ladder]]` with a real server.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isWeirError } from '../../base/index.ts';
import { runCommand } from '../commands.ts';
import { loadSettings } from '../load-settings.ts';
import { startServer } from '../server.ts';

interface TestServer {
  readonly url: string;
  readonly logged: string[];
  /** Exit code, then what was printed to standard output and standard error. */
  readonly weir: (...args: string[]) => Promise<readonly [number | undefined, string, string]>;
  readonly query: (text: string, database?: string) => Promise<string>;
  readonly close: () => Promise<void>;
}

async function tempDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-ladder-command-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** The settings are those of a file. */
async function start(t: TestContext, dir: string, toml = ''): Promise<TestServer> {
  const file = join(dir, 'weir.toml');
  const quiet =
    'host-metrics = false\ndurability = "os"\nhttp = { bind = "127.0.0.1:0" }\nmonitor = { store-enabled = false }\n';
  await writeFile(file, quiet + toml);
  const { settings } = await loadSettings({ flags: { '--data-dir': join(dir, 'data') }, environment: {}, file });
  const logged: string[] = [];
  const log = (fields: object, text: string): void => void logged.push(`${text} ${JSON.stringify(fields)}`);
  const server = await startServer(settings, { logger: { debug() {}, info() {}, warn: log, error: log } });
  const close = (): Promise<void> => server.close();
  t.after(close);
  const url = `http://${server.address}`;
  return {
    url,
    logged,
    close,
    async weir(...args) {
      const texts = { stdout: '', stderr: '' };
      const code = await runCommand(['ladder', ...args, '--host', url], {
        environment: {},
        stdout: { write: (text: string) => ((texts.stdout += text), true) },
        stderr: { write: (text: string) => ((texts.stderr += text), true) },
        exit: () => assert.fail('exit'),
        onSignal: () => {},
      });
      return [code, texts.stdout, texts.stderr];
    },
    async query(text, database = '') {
      const answer = await fetch(`${url}/query?${new URLSearchParams({ db: database }).toString()}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ q: text }),
      });
      return answer.text();
    },
  };
}

async function call(
  url: string,
  method: string,
  path: string,
  body?: object | string,
): Promise<readonly [number, string]> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(`${url}${path}`, { method, ...(body === undefined ? {} : { body: text }) });
  return [answer.status, (await answer.text()).trim()];
}

test('weir ladder: declared, planned, listed, changed and dropped on a running server', async (t) => {
  const { weir, query } = await start(t, await tempDir(t));
  await query('CREATE DATABASE d');
  assert.deepEqual(await weir('list'), [0, 'There are no ladders.\n', '']);
  assert.deepEqual(await weir('status'), [0, 'There are no ladders.\n', '']);
  const [, plan] = await weir('plan', 'l', '1s:60h,10s:8d,1h:inf', '--database', 'd');
  assert.match(plan, /^tier +measurements +parent +step +keep +series +windows +points +bytes +fill\n/);
  assert.match(plan, /\n10s_for_8d +\/\.\*\/ +autogen +10s +8d +0 +69120 +0 +0 +0s\n/);
  assert.match(plan, /\ntotal /);
  assert.equal((await weir('list'))[1], 'There are no ladders.\n');

  const created = await weir('create', 'l', "FOR cpu '1s:60h,10s:8d' STATES last", '1s:60h,1h:inf', '--database', 'd');
  assert.deepEqual(created, [0, 'Ladder l is on d. Its tiers are being filled.\n', '']);
  const again = await weir('create', 'l', '1s:60h,1h:inf', '--database', 'd');
  assert.deepEqual(again, [1, '', 'weir: ladder already exists: l\n']);
  const [, list] = await weir('list');
  assert.match(
    list,
    /\nd +l +autogen +true +CREATE LADDER l ON d FOR cpu '1s:60h,10s:8d' STATES last, '1s:60h,1h:inf'\n$/,
  );
  const [, status] = await weir('status', 'l', '--database', 'd');
  assert.match(status, /^l on d\ntier +measurements +parent/);
  assert.match(status, /\n1h_for_inf +\/\.\*\/ +autogen +1h +inf +0 +0 +20/);
  const json = JSON.parse((await weir('status', '--format', 'json'))[1]) as {
    readonly ladders: readonly { readonly name: string; readonly rules: object; readonly tiers: readonly object[] }[];
  };
  assert.deepEqual(json.ladders[0].rules, [
    { measurements: ['cpu'], steps: '1s:60h,10s:8d', states: [{ keep: ['last'] }] },
    { steps: '1s:60h,1h:inf' },
  ]);
  assert.equal(json.ladders[0].tiers.length, 3);

  assert.equal((await weir('alter', 'l', '1s:60h,1h:inf', '--database', 'd', '--lateness', '5s'))[0], 0);
  assert.match(await query('SHOW LADDERS'), /'1s:60h,1h:inf' LATENESS 5s"/);
  assert.equal((await weir('drop', 'l', '--database', 'd', '--keep-data'))[0], 0);
  assert.match((await weir('status'))[1], /\n1h_for_inf .* it is not fed\n$/);
  assert.deepEqual(await weir('drop', 'l', '--database', 'd'), [
    0,
    'Ladder l of d is dropped. Its tiers are gone, the points are not.\n',
    '',
  ]);
});

test('weir ladder: what it is told wrongly', async (t) => {
  const { weir, query } = await start(t, await tempDir(t));
  await query('CREATE DATABASE d');
  const d = ['--database', 'd'];
  const cases: readonly (readonly [args: readonly string[], fault: RegExp])[] = [
    [['create', 'l', ...d], /^weir: expected rules such as 1s:60h,10s:8d, or --from-graphite FILE/],
    [['create', 'l', '1s:60h', ...d], /^weir: ladder "l": 1s:60h is only the base/],
    [['create', 'l', "FOR '1s:60h'", ...d], /^weir: found 1s:60h, expected identifier at line 1/],
    [['create', 'l', '1s:60h,1m:1y', '--database', 'x'], /^weir: database not found: x/],
    [['create', 'l', '1s:60h,1m:1y', ...d, '--lateness', 'soon'], /^weir: invalid duration "soon"/],
    [['create', 'l', ...d, '--from-graphite', '/nowhere.conf'], /^weir: \/nowhere.conf cannot be read/],
    [['create', 'l', '1s:60h,1m:1y'], /required option '--database <name>'/],
    [['status', 'l'], /^weir: ladder not found: l/],
    [['drop', 'l', ...d], /^weir: ladder not found: l/],
    [['adopt', ...d], /^weir: there are no continuous queries/],
    [['list', '--format', 'xml'], /^weir: --format: expected table or json, found xml/],
  ];
  for (const [args, fault] of cases) {
    const [code, stdout, stderr] = await weir(...args);
    assert.equal(code, 1, args.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, fault);
  }
});

test('weir ladder adopt: the plan first, then the ladder in the place of the queries', async (t) => {
  const { weir, query } = await start(t, await tempDir(t));
  for (const text of [
    'CREATE DATABASE d WITH DURATION 60h NAME raw',
    'CREATE RETENTION POLICY ten ON d DURATION 8d REPLICATION 1',
    'CREATE CONTINUOUS QUERY cq ON d BEGIN SELECT mean(*) INTO d.ten.:MEASUREMENT FROM /.*/ GROUP BY time(10s),* END',
  ])
    await query(text);
  const [, plan] = await weir('adopt', '--database', 'd', '--dry-run');
  assert.match(
    plan,
    /^query +tier +step +keep\ncq +ten +10s +8d\n\nNothing was changed\. It would be:\nCREATE LADDER d ON d /,
  );
  assert.match(await query('SHOW CONTINUOUS QUERIES'), /cq/);
  const [code, done] = await weir('adopt', '--database', 'd', '--as', 'l');
  assert.equal(code, 0);
  assert.match(
    done,
    /Queries with a tier are replaced by:\nCREATE LADDER l ON d '1s:60h,10s:8d' NAMES 'raw', 'ten'\n$/,
  );
  assert.doesNotMatch(await query('SHOW CONTINUOUS QUERIES'), /cq/);
});

test('/api/ladders: bodies and statuses', async (t) => {
  const { url, query } = await start(t, await tempDir(t));
  await query('CREATE DATABASE d');
  const ladder = { database: 'd', name: 'l', rules: [{ steps: '1s:60h,10s:8d', names: ['ten'], gap: 0.5 }] };
  const cases: readonly (readonly [
    method: string,
    path: string,
    body: object | string | undefined,
    status: number,
    text: RegExp,
  ])[] = [
    ['GET', '/api/ladders', undefined, 200, /^\{"ladders":\[\]\}$/],
    ['GET', '/api/ladders?db=x', undefined, 404, /database not found: x/],
    ['GET', '/api/ladders?name=x', undefined, 404, /ladder not found: x/],
    ['POST', '/api/ladders', 'no json', 400, /the body is no JSON/],
    ['POST', '/api/ladders', [], 400, /the body: expected an object, found \[\]/],
    ['POST', '/api/ladders', { ...ladder, rules: [] }, 400, /rules: expected one rule at least/],
    ['POST', '/api/ladders', { ...ladder, rules: [{}] }, 400, /steps: expected a text, found nothing/],
    [
      'POST',
      '/api/ladders',
      { ...ladder, rules: [{ steps: '1s:60h,10s:8d', stats: [] }] },
      400,
      /rules\[0\]: there is no member \\"stats\\"/,
    ],
    [
      'POST',
      '/api/ladders',
      { ...ladder, rules: [{ steps: '1s:60h,10s:8d', states: [{ keep: ['x'] }] }] },
      400,
      /keep\[0\]: expected one of first/,
    ],
    ['POST', '/api/ladders', { ...ladder, rules: ['1s:60h'] }, 400, /is only the base/],
    ['POST', '/api/ladders', { ...ladder, database: 'x' }, 404, /database not found: x/],
    ['POST', '/api/ladders/plan', ladder, 200, /^\{"steps":\[\{"tier":"autogen",.*"tier":"ten".*"tier":"total"/],
    ['POST', '/api/ladders', ladder, 201, /^\{"database":"d","name":"l"\}$/],
    ['POST', '/api/ladders', ladder, 201, /./],
    ['POST', '/api/ladders', { ...ladder, rules: ['1s:60h,1m:8d'] }, 409, /ladder already exists: l/],
    [
      'GET',
      '/api/ladders?db=d&name=l',
      undefined,
      200,
      /"rules":\[\{"steps":"1s:60h,10s:8d","names":\["ten"\],"gap":0\.5\}\]/,
    ],
    [
      'PUT',
      '/api/ladders',
      { ...ladder, rules: ["FOR /^c/ AND /u$/ '1s:60h,1m:8d'"], lateness: '1m', keep_data: true },
      204,
      /^$/,
    ],
    ['GET', '/api/ladders', undefined, 200, /"measurements":\["\/\^c\/","\/u\$\/"\].*"lateness":"1m".*"it is not fed"/],
    ['PUT', '/api/ladders', { ...ladder, name: 'x' }, 404, /ladder not found: x/],
    ['DELETE', '/api/ladders?db=d', undefined, 400, /missing required parameter \\"name\\"/],
    ['DELETE', '/api/ladders?db=d&name=l', undefined, 204, /^$/],
    ['DELETE', '/api/ladders?db=d&name=l', undefined, 404, /ladder not found: l/],
    ['POST', '/api/ladders/adopt', { database: 'd' }, 400, /there are no continuous queries/],
    ['PATCH', '/api/ladders', undefined, 405, /./],
  ];
  for (const [method, path, body, status, text] of cases) {
    const [found, answer] = await call(url, method, path, body);
    assert.equal(found, status, `${method} ${path} ${answer}`);
    assert.match(answer, text);
  }
});

test('[[ladder]]: made at the start, left alone the next time, changed when the settings are', async (t) => {
  const dir = await tempDir(t);
  const one = '[[ladder]]\ndatabase = "d"\nrules = ["1s:60h,10s:8d"]\n';
  let server = await start(t, dir, one);
  const shown = await server.query('SHOW LADDERS');
  assert.match(shown, /CREATE LADDER d ON d '1s:60h,10s:8d'/);
  const policies = await server.query('SHOW RETENTION POLICIES ON d');
  await server.close();
  server = await start(t, dir, one);
  assert.equal(await server.query('SHOW RETENTION POLICIES ON d'), policies);
  await server.close();
  const schemas = join(dir, 'storage-schemas.conf');
  await writeFile(schemas, '[all]\npattern = .*\nretentions = 10s:6h,1m:6d,10m:1800d\n');
  const graphite = `[[ladder]]\ndatabase = "g"\nname = "carbon"\nlateness = "1m"\ngraphite = ["${schemas}"]\n`;
  const listener =
    '[[graphite]]\nenabled = true\nbind-address = "127.0.0.1:0"\ndatabase = "g"\ntemplates = [".host.measurement*"]\n';
  server = await start(t, dir, `${one.replace('10s:8d', '30s:8d')}${graphite}${listener}`);
  assert.match(await server.query('SHOW LADDERS'), /'1s:60h,30s:8d'.*'10s:6h,1m:6d,10m:1800d' LATENESS 1m/);
  assert.match(server.logged.join('\n'), /patterns of Graphite are matched with names of measurements/);
  // What was not declared again can be read on.
  assert.match((await server.weir('status'))[1], /\n10s_for_8d .* it is not fed\n/);
  // Taken out of the settings, it stays.
  await server.close();
  server = await start(t, dir);
  assert.match(await server.query('SHOW LADDERS'), /carbon/);
});

test('[[ladder]]: what cannot be read stops the server, what does not fit is logged', async (t) => {
  const dir = await tempDir(t);
  const faults: readonly (readonly [toml: string, fault: RegExp])[] = [
    ['rules = ["1s:60h,10s:8d"]', /^ladder\.0\.database: expected a name$/],
    ['database = "d"', /^ladder\.0: expected rules, or graphite with files$/],
    ['database = "d"\nrules = ["1s:60h"]', /^ladder\.0: ladder "d": 1s:60h is only the base/],
    ['database = "d"\nrules = ["1s:60h,1m:8d LATENESS 1s"]', /^ladder\.0: ladder "d": /],
    ['database = "d"\nrules = ["\'1s:60h,1m:8d\' LATENESS 1s"]', /^ladder\.0: LATENESS has a setting of its own$/],
    ['database = "d"\nrules = ["FOR"]', /^ladder\.0: found EOF, expected identifier/],
    ['database = "d"\nrules = ["1s:60h,1m:8d"]\nlateness = "x"', /^ladder\.0: invalid duration/],
    ['database = "d"\ngraphite = ["/nowhere.conf"]', /^ladder\.0: .*ENOENT/],
  ];
  for (const [toml, fault] of faults) {
    await assert.rejects(
      start(t, dir, `[[ladder]]\n${toml}\n`),
      (error) => isWeirError(error, 'invalid') && fault.test(error.message),
      toml,
    );
  }
  const taken =
    '[[ladder]]\ndatabase = "d"\nrules = ["1s:60h,10s:8d"]\n[[ladder]]\ndatabase = "d"\nname = "e"\nrules = ["1s:60h,1m:8d"]\n';
  const { logged, query } = await start(t, dir, taken);
  assert.match(
    logged.join('\n'),
    /a ladder of the settings cannot be declared .*ladder \\"d\\" is on retention policy/,
  );
  assert.match(await query('SHOW LADDERS'), /CREATE LADDER d ON d/);
});

test('weir ladder create --from-graphite', async (t) => {
  const dir = await tempDir(t);
  const { weir, query } = await start(t, dir);
  await query('CREATE DATABASE g');
  const [schemas, aggregation] = [join(dir, 'storage-schemas.conf'), join(dir, 'storage-aggregation.conf')];
  await writeFile(
    schemas,
    '[carbon]\npattern = ^carbon\\.\nretentions = 60:90d\n[rest]\npattern = .*\nretentions = 10s:6h,1m:6d\n',
  );
  await writeFile(aggregation, '[last]\npattern = \\.last$\nxFilesFactor = 0\naggregationMethod = last\n');
  const [code, , notes] = await weir('create', 'l', '--database', 'g', '--from-graphite', schemas, aggregation);
  assert.equal(code, 0);
  assert.match(notes, /^weir: points are kept as long as the longest first retention says/);
  const [, list] = await weir('list');
  const declared = [
    "FOR /^carbon\\./ AND /\\.last$/ '1m:90d' STATES last",
    "FOR /^carbon\\./ '1m:90d' GAP 0.5",
    "FOR /\\.last$/ '10s:6h,1m:6d' STATES last",
    "'10s:6h,1m:6d' GAP 0.5",
  ];
  assert.ok(list.endsWith(` ${declared.join(', ')}\n`), list);
});
