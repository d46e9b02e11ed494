import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { History } from './history.ts';

test('commands are kept in ~/.influx_history, oldest first', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'weir-history-'));
  t.after(() => rm(home, { recursive: true }));
  const path = join(home, '.influx_history');
  const first = await History.load({ HOME: home });
  assert.deepEqual(first.lines, []);
  for (const line of ['a', 'b', 'b', 'a']) assert.equal(await first.add(line), null);
  assert.deepEqual(first.lines, ['a', 'b', 'a']);
  assert.equal(await readFile(path, 'utf8'), 'a\nb\na\n');
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.deepEqual((await History.load({ HOME: home })).lines, ['a', 'b', 'a']);

  const many = Array.from({ length: 2500 }, (_, index) => `line ${index}`);
  await writeFile(path, `${many.join('\n')}\n`);
  assert.deepEqual((await History.load({ HOME: home })).lines, many.slice(-1000));
  assert.equal((await readFile(path, 'utf8')).split('\n').length, 1001);
});

test('without a home there is no file; a file that cannot be written is told of', async () => {
  const homeless = await History.load({});
  assert.equal(await homeless.add('a'), null);
  assert.deepEqual(homeless.lines, ['a']);
  const lost = await History.load({ HOME: '/dev/null' });
  assert.match((await lost.add('a')) ?? '', /^There was an error writing history file: /);
});
