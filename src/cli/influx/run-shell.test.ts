// The shell against a running Weir: what it prints, where, and how it ends.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { RunningServer } from '../server.ts';
import { type Ended, type InfluxOptions, runInflux } from '../test-support/run-influx.ts';
import { startWeir } from '../test-support/weir-server.ts';

const HINT =
  'Warning: It is possible this error is due to not setting a database.\nPlease set a database with the command "use <database>".\n';

let dir = '';
let server: RunningServer;

before(async () => {
  dir = await mkdtemp(join(tmpdir(), 'weir-shell-'));
  server = await startWeir(join(dir, 'data'));
  await influx([], { stdin: 'CREATE DATABASE t; CREATE RETENTION POLICY two ON t DURATION INF REPLICATION 1' });
  await influx(['-database', 't'], {
    stdin: 'INSERT m v=1 1\nINSERT m,host=a v=2.5,n=9007199254740993i 2\nINSERT INTO two m v=3 3',
  });
});

after(async () => {
  await server.close();
  await rm(dir, { recursive: true });
});

/** The shell with some flags, connected to the server. */
function influx(flags: readonly string[], options: InfluxOptions = {}): Promise<Ended> {
  const [host, port] = server.address.split(':');
  return runInflux(['-host', host, '-port', port, ...flags], options);
}

/** What `-execute` prints. */
async function executed(text: string, ...flags: readonly string[]): Promise<string> {
  return (await influx([...flags, '-execute', text])).stdout;
}

const ALL = 'name: m\ntime host n                v\n---- ---- -                -\n1                          1\n';
const ROWS = `${ALL}2    a    9007199254740993 2.5\n`;

test('-execute: a query, several, and commands, each on a line', async () => {
  assert.equal(await executed('SELECT * FROM m', '-database', 't'), ROWS);
  assert.equal(await executed('use t\n\nSELECT * FROM m\n'), `Using database t\n${ROWS}`);
  assert.equal(
    await executed('SELECT v FROM m; SHOW DATABASES', '-database', 't', '-format', 'csv'),
    'name,time,v\nm,1,1\nm,2,2.5\nname,name\ndatabases,t\n',
  );
  assert.equal(
    await executed('use t.two\nprecision rfc3339\nSELECT v FROM m\nclear rp\nclear db'),
    'Using database t\nUsing retention policy two\nname: m\ntime                           v\n----                           -\n' +
      '1970-01-01T00:00:00.000000003Z 3\nretention policy context cleared\ndatabase context cleared\n',
  );
  assert.equal(
    await executed('chunk size 1\nformat json\nSELECT v FROM m\nexit\nSHOW DATABASES', '-database', 't'),
    'chunk size set to 1\n{"results":[{"series":[{"name":"m","columns":["time","v"],"values":[[1,1]],"partial":true}]},' +
      '{"series":[{"name":"m","columns":["time","v"],"values":[[2,2.5]]}]}]}\n',
  );
});

test('-execute: the first error ends it with 1; USE and INSERT go on, as they do in InfluxDB', async () => {
  const parse =
    'error parsing query: found FOO, expected SELECT, DELETE, SHOW, CREATE, DROP, EXPLAIN, GRANT, REVOKE, ALTER, SET, KILL ' +
    'at line 1, char 1';
  assert.deepEqual(await influx(['-execute', 'FOO\nSHOW DATABASES']), {
    code: 1,
    stdout: `ERR: ${parse}\n${HINT}`,
    stderr: `${parse}\n`,
  });
  const missing =
    "ERR: Database nope doesn't exist. Run SHOW DATABASES for a list of existing databases.\nDB does not exist!\n";
  assert.deepEqual(
    await influx(['-database', 't', '-execute', 'use nope\ninsert m v="text" 1\nSELECT v FROM m LIMIT 1']),
    {
      code: 0,
      stdout:
        `${missing}ERR: {"error":"partial write: field type conflict: input field \\"v\\" on measurement \\"m\\" is type string, ` +
        'already exists as type float dropped=1"}\n\nname: m\ntime v\n---- -\n1    1\n',
      stderr: '',
    },
  );
});

test('standard input: statements with and without semicolons, and commands', async () => {
  const { code, stdout, stderr } = await influx([], {
    stdin: [
      '-- a script',
      'CREATE DATABASE s   -- comment',
      'USE s; precision s',
      'INSERT cpu,host=a v=1,txt="a;b" 10;',
      'INSERT cpu,host=b v=2 20',
      "/* c */ SELECT v\nFROM cpu\nWHERE host = 'a'",
      'SHOW MEASUREMENTS; DROP DATABASE s',
    ].join('\n'),
  });
  assert.equal(stderr, '');
  assert.equal(
    stdout,
    'Using database s\nname: cpu\ntime v\n---- -\n10   1\n\nname: measurements\nname\n----\ncpu\n\n',
  );
  assert.equal(code, 0);
});

test('standard input: nothing runs when a part does not parse; the first failure ends it', async () => {
  const wrong = await influx([], { stdin: 'CREATE DATABASE w\nUSE w\nSELEC' });
  assert.match(wrong.stderr, /^error parsing query: found SELEC, expected .* at line 3, char 1\n$/);
  const alsoWrong = await influx([], { stdin: 'CREATE DATABASE w\nSHOW FOO' });
  assert.match(alsoWrong.stderr, /^error parsing query: found FOO, expected .* at line 2, char 6\n$/);
  const failing = await influx([], { stdin: 'SHOW DATABASES\nUSE nope\nDROP DATABASE t' });
  assert.deepEqual([wrong.code, alsoWrong.code, failing.code], [1, 1, 1]);
  assert.equal(failing.stderr, "Database nope doesn't exist. Run SHOW DATABASES for a list of existing databases.\n");
  const running = await influx(['-database', 't'], { stdin: 'SELECT nope(v) FROM m\nDROP DATABASE t' });
  assert.deepEqual([running.code, running.stderr], [1, 'undefined function nope()\n']);
  assert.equal(await executed('SHOW DATABASES'), 'name: databases\nname\n----\nt\n');
  const empty = await influx([]);
  assert.deepEqual([empty.code, empty.stderr], [1, 'missing required parameter "q"\n']);
});

test('commands that show or change settings', async () => {
  const { stdout } = await influx(
    ['-execute', 'chunked\npretty\nnode 2\nconsistency one\nchunk 7\nformat csv\nsettings'],
    {
      environment: { INFLUX_USERNAME: 'me', INFLUX_PASSWORD: 'p' },
    },
  );
  assert.equal(
    stdout,
    `chunked responses disabled
Pretty print enabled
chunk size set to 7
Setting           Value
--------          --------
URL               http://${server.address}
Username          me
Database          ${''}
RetentionPolicy   ${''}
Pretty            true
Format            csv
Write Consistency one
Chunked           false
Chunk Size        7

`,
  );
  const wrong = await executed(
    'format x\nprecision x\nconsistency x\nchunk x\nnode x\nnode\nuse\nuse a.b.c\nclear x\nauth',
  );
  for (const text of [
    'Unknown format "x". Please use json, csv, or column.',
    'Unknown precision "x". Please use rfc3339, h, m, s, ms, u or ns.',
    'Unknown consistency level "x". Please use any, one, quorum, or all.',
    'unable to parse chunk size from "x"',
    "Unable to parse node id from x. Must be an integer or 'clear'.",
    "Improper number of arguments for 'node' command, requires exactly one.",
    'Could not parse database name from "use".',
    'Unable to parse database or retention policy from a.b.c',
    'invalid command "x".',
    'Unable to process input: auth <username> <password>',
  ]) {
    assert.ok(wrong.includes(`${text}\n`), text);
  }
});

test('-import: statements, points with contexts, counts and failures', async () => {
  const file = join(dir, 'import.txt');
  const lines = Array.from(
    { length: 5001 },
    (_, index) => `cpu,host=h${index % 3} v=${index}i,s="a\n# ${index}" ${index}`,
  );
  const head =
    '# DDL\nCREATE DATABASE i\nNONSENSE\n\n# DML\n# CONTEXT-DATABASE: i\n# CONTEXT-RETENTION-POLICY: autogen\n';
  await writeFile(file, gzipSync(`${head}${lines.join('\n')}\ncpu v="text" 1\n# CONTEXT-DATABASE:t\nm v=9 9`));
  const { code, stdout, stderr } = await influx(['-import', '-path', file, '-compressed', '-precision', 's']);
  assert.equal(code, 1);
  assert.match(stdout, /^\S+ \S+ Processed 2 commands\n\S+ \S+ Processed 5001 inserts\n\S+ \S+ Failed 2 inserts\n$/);
  assert.match(stderr, /^\S+ \S+ error: error parsing query: found NONSENSE/);
  assert.match(stderr, /error writing batch: {2}\{"error":"partial write: field type conflict/);
  assert.match(stderr, /\nERROR: 2 points were not inserted\n$/);
  assert.equal(
    await executed('SELECT count(v), last(s) FROM i..cpu; SELECT v FROM t..m WHERE time = 9s', '-format', 'csv'),
    'name,time,count,last\ncpu,0,5001,"a\n# 5000"\nname,time,v\nm,9000000000,9\n',
  );
  await executed('DROP DATABASE i; DELETE FROM t..m WHERE time = 9s');
  const missing = await influx(['-import', '-path', join(dir, 'nowhere')]);
  assert.match(missing.stderr, /^ERROR: reading .*nowhere: ENOENT/);
  assert.deepEqual(await influx(['-import']), { code: 1, stdout: '', stderr: 'ERROR: file argument required\n' });
});

test('-pps holds an import back', async () => {
  const file = join(dir, 'slow.txt');
  await writeFile(file, '# DML\n# CONTEXT-DATABASE: t\n' + 'slow v=1 1\n'.repeat(50));
  const startMs = performance.now();
  assert.equal((await influx(['-import', '-path', file, '-pps', '100'])).code, 0);
  assert.ok(performance.now() - startMs > 450);
});

test('wrong calls, version, help, flux', async () => {
  const wrong = await influx(['-foo']);
  assert.deepEqual([wrong.code, wrong.stderr], [2, 'flag provided but not defined: -foo\n']);
  const rest = await influx(['foo', 'bar']);
  assert.deepEqual([rest.code, rest.stderr], [1, 'unknown arguments: foo bar\n']);
  assert.match((await runInflux(['-version'])).stdout, /^InfluxDB shell version: \S+ \(Weir\)\n$/);
  assert.match((await runInflux(['-h'])).stdout, /^Usage of influx:\n/);
  const flux = await influx(['-type', 'flux', '-execute', 'buckets()']);
  assert.deepEqual([flux.code, flux.stderr], [1, 'Flux is not built yet: use -type influxql\n']);
  const password = await influx(['-username', 'u', '-password', '']);
  assert.deepEqual([password.code, password.stderr], [1, 'unable to prompt for a password with no TTY\n']);
});

test('no connection, and servers that are none', async (t) => {
  const refused = await runInflux(['-host', '127.0.0.1', '-port', '1', '-execute', 'SHOW DATABASES']);
  assert.deepEqual(refused, {
    code: 1,
    stdout: '',
    stderr:
      'Failed to connect to http://127.0.0.1:1: Get "http://127.0.0.1:1/ping": dial tcp 127.0.0.1:1: connect: connection refused\n' +
      "Please check your connection settings and ensure 'influxd' is running.\n",
  });
  const other = createServer((request, response) => {
    if (request.url?.endsWith('/ping') === true) response.writeHead(204).end();
    else if (request.url?.startsWith('/cut/') === true) {
      response.write('{"results":[{}]}\n{"resu', () => response.destroy());
    } else if (request.url?.startsWith('/prefix/query') === true) response.end('{"results":[{}]}\nI am\n no database');
    else response.writeHead(404).end();
  });
  other.listen(join(dir, 'socket'));
  await once(other, 'listening');
  t.after(() => other.close());
  const onSocket = ['-socket', join(dir, 'socket')];
  const garbage = await runInflux([...onSocket, '-path-prefix', 'prefix', '-execute', 'SHOW DATABASES']);
  assert.deepEqual([garbage.code, garbage.stderr], [1, 'I am\n no database\n']);
  const cut = await runInflux([...onSocket, '-path-prefix', '/cut/', '-execute', 'SHOW DATABASES']);
  assert.deepEqual([cut.code, cut.stderr], [1, 'unexpected EOF: the answer was cut off\n']);
  const lost = await runInflux([...onSocket, '-execute', 'SHOW DATABASES']);
  assert.deepEqual([lost.code, lost.stderr], [1, 'received status code 404 from server\n']);
});

test('https, with a certificate that nobody vouches for', async (t) => {
  const [key, cert] = [join(dir, 'key.pem'), join(dir, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];
  await promisify(execFile)('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', cert]);
  const files = { key: await readFile(key), cert: await readFile(cert) };
  const secure = createSecureServer(files, (_request, response) => void response.end('{"results":[{}]}'));
  secure.listen(0, '127.0.0.1');
  await once(secure, 'listening');
  t.after(() => secure.close());
  const { port } = secure.address() as AddressInfo;
  const flags = ['-host', '127.0.0.1', '-port', String(port), '-execute', 'SHOW DATABASES'];
  const checked = await runInflux(['-ssl', ...flags]);
  assert.equal(checked.code, 1);
  assert.match(
    checked.stderr,
    /ping": x509: certificate signed by unknown authority\nYou may use -unsafeSsl to connect anyway/,
  );
  assert.deepEqual(await runInflux(['-ssl', '-unsafeSsl', ...flags]), { code: 0, stdout: '', stderr: '' });
  assert.match((await runInflux(flags)).stderr, /EOF\nPlease use the -ssl flag to connect using SSL\.\n$/);
  const plain = await influx(['-ssl', '-execute', 'SHOW DATABASES']);
  assert.match(plain.stderr, /ping": http: server gave HTTP response to HTTPS client\n/);
});

test('a reader that leaves ends the command', async () => {
  const main = new URL('./main.ts', import.meta.url).pathname;
  const [host, port] = server.address.split(':');
  const child = spawn(process.execPath, [
    main,
    '-host',
    host,
    '-port',
    port,
    '-execute',
    'SHOW DATABASES\n'.repeat(5000),
  ]);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const [code] = await once(child, 'exit');
  assert.equal(code, 1);
});
