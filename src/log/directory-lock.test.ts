import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir, symlink } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { isWeirError } from '../base/index.ts';
import { lockDirectory } from './directory-lock.ts';
import { temporaryDirectory } from './test-support/samples.ts';

const PROGRAM = new URL('./test-support/log-process.ts', import.meta.url).pathname;

/** A process that runs `command`, and the lines that it prints. */
function start(t: TestContext, command: string, dir: string): { child: ChildProcess; line: () => Promise<string> } {
  const child = spawn(process.execPath, [PROGRAM, command, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, line: async () => ((await lines.next()).value as string | undefined) ?? 'end' };
}

async function isLocked(dir: string): Promise<boolean> {
  try {
    await (await lockDirectory(dir)).release();
    return false;
  } catch (error) {
    if (isWeirError(error, 'locked')) return true;
    throw error;
  }
}

test('a directory has one holder at a time', async (t) => {
  const dir = await temporaryDirectory(t);
  const lock = await lockDirectory(dir);
  assert(await isLocked(dir));
  await lock.release();
  await lock.release();
  assert(!(await isLocked(dir)));
  assert.equal((await readdir(dir)).length, 1, 'one name stays');
});

test('a second process is refused, by name; the lock of a killed one is taken over', async (t) => {
  const dir = await temporaryDirectory(t);
  const first = start(t, 'lock', dir);
  assert.equal(await first.line(), 'locked');
  await assert.rejects(lockDirectory(dir), (error) => {
    assert(isWeirError(error, 'locked'));
    assert(error.message.includes(dir) && error.message.includes(`process ${first.child.pid}`), error.message);
    return true;
  });
  const second = start(t, 'lock', dir);
  assert.match(await second.line(), /^locked: the directory .* is in use by process/);
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  assert(!(await isLocked(dir)));
});

test('the process id of a dead holder may belong to another process by now', async (t) => {
  const stat = await readFile(`/proc/${process.ppid}/stat`, 'latin1').catch(() => '');
  if (stat === '') return t.skip('needs /proc');
  const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'latin1')).trim();
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  const holders: [string, boolean][] = [
    [`${process.ppid}.${started}.${boot}`, true],
    [`${process.ppid}.${Number(started) - 1}.${boot}`, false],
    [`${process.ppid}.${started}.another-boot`, false],
    [`${process.pid}.1.${boot}`, false],
    [`${2 ** 22 + 1}.${started}.${boot}`, false],
    ['0.', false],
  ];
  for (const [holder, expected] of holders) {
    const dir = await temporaryDirectory(t);
    await symlink(holder, `${dir}/weir.lock.41`);
    assert.equal(await isLocked(dir), expected, holder);
    assert((await readdir(dir)).includes(expected ? 'weir.lock.41' : 'weir.lock.42'));
  }
});

test('many at once, also over a dead lock: never two', async (t) => {
  const dir = await temporaryDirectory(t);
  await symlink('0.', `${dir}/weir.lock.3`);
  let holders = 0;
  let taken = 0;
  const contend = async (): Promise<void> => {
    for (let round = 0; round < 30; round++) {
      try {
        const lock = await lockDirectory(dir);
        assert.equal(++holders, 1);
        taken++;
        await new Promise((resolve) => setImmediate(resolve));
        holders--;
        await lock.release();
      } catch (error) {
        if (!isWeirError(error, 'locked')) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: 12 }, contend));
  assert(taken > 10, `${taken} times taken`);
});

test('processes that start at once: never two', async (t) => {
  const dir = await temporaryDirectory(t);
  await symlink('4194305.1.gone', `${dir}/weir.lock.9`);
  const racers = Array.from({ length: 6 }, () => start(t, 'race', dir));
  const held: [number, number][] = [];
  for (const { line } of racers) {
    const first = await line();
    if (first.startsWith('locked: ')) continue;
    const [from, to] = [first, await line()].map((text) => Number(text.split(' ')[1]));
    held.push([from, to]);
  }
  assert(held.length > 0);
  held.sort((a, b) => a[0] - b[0]);
  for (let i = 1; i < held.length; i++) assert(held[i][0] >= held[i - 1][1], JSON.stringify(held));
});

test('a directory that is not there is no reason to fail without a word', async (t) => {
  const dir = await temporaryDirectory(t);
  await assert.rejects(lockDirectory(`${dir}/missing`), (error) => isWeirError(error, 'unavailable'));
});
