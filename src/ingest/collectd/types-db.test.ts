import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isWeirError } from '../../base/index.ts';
import { AuthFile, parseAuthFile } from './auth-file.ts';
import { loadTypesDb, parseTypesDb } from './types-db.ts';

async function tempDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-collectd-'));
  t.after(() => rm(dir, { recursive: true }));
  return dir;
}

test('types and their data sources; lines that are not as expected are passed over', () => {
  const text = `# comment
load     shortterm:GAUGE:0:5000, midterm:GAUGE:0:5000,longterm:GAUGE:0:5000
load2    shortterm:GAUGE:0:5000, midterm:GAUGE:0:5000
if_octets\trx:DERIVE:0:U, tx:COUNTER:U:1e3\r
absolute value:ABSOLUTE:0:U

bad      value:GAUGE:0
bad2     value:GUAGE:0:U
bad3     value:GAUGE:x:U
bad4     value:GAUGE::U
bad5     value:GAUGE:0:U:1
`;
  const shown = [...parseTypesDb(text)].map(([type, sources]) => [
    type,
    ...sources.map(({ name, kind }) => `${name} ${kind}`),
  ]);
  assert.deepEqual(shown, [
    ['load2', 'shortterm gauge', 'midterm gauge'],
    ['if_octets', 'rx derive', 'tx counter'],
    ['absolute', 'value absolute'],
  ]);
  assert.equal(parseTypesDb('a x:GAUGE:0:1,\ta\n').size, 0);
});

test('a file, a directory of files, neither', async (t) => {
  const dir = await tempDir(t);
  await mkdir(join(dir, 'more'));
  await writeFile(join(dir, 'a.db'), 'one value:GAUGE:0:U\ntwo value:GAUGE:0:U\n');
  await writeFile(join(dir, 'more', 'b.db'), 'two value:DERIVE:0:U\n');
  assert.deepEqual([...(await loadTypesDb(join(dir, 'a.db'))).keys()], ['one', 'two']);
  const both = await loadTypesDb(dir);
  assert.deepEqual(both.get('two'), [{ name: 'value', kind: 'derive' }]);
  assert.equal(both.size, 2);
  const refused = (path: string, reason: RegExp): Promise<void> =>
    assert.rejects(loadTypesDb(path), (error) => isWeirError(error, 'invalid') && reason.test(error.message));
  await refused(join(dir, 'none.db'), /cannot be read: ENOENT/);
  await writeFile(join(dir, 'more', 'b.db'), '# nothing\n');
  await refused(join(dir, 'more'), /there are no types of collectd in/);
});

test('users and passwords', () => {
  const text = ' alice : w0nder:l4nd \r\n#bob: x\nnobody\n: empty\ncarol:\n';
  assert.deepEqual(
    [...parseAuthFile(text)],
    [
      ['alice', 'w0nder:l4nd'],
      ['', 'empty'],
      ['carol', ''],
    ],
  );
});

test('the file of users is read again when it has changed, and looked at once a second at most', async (t) => {
  const path = join(await tempDir(t), 'auth');
  let nowMs = 0;
  const file = new AuthFile(path, () => nowMs);
  assert.throws(() => file.password('alice'), /ENOENT/);
  await writeFile(path, 'alice: one\n');
  assert.equal(file.password('alice'), 'one');
  assert.equal(file.password('bob'), undefined);
  await writeFile(path, 'alice: two\n');
  await utimes(path, 1, 1);
  assert.equal(file.password('alice'), 'one');
  nowMs = 1000;
  assert.equal(file.password('alice'), 'two');
});
