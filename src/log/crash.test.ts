// Crashes: a process that is killed, and a (simulated) machine that loses power, with all faults of the disk before.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { isWeirError } from '../base/index.ts';
import type { DirectoryLog } from './directory-log.ts';
import type { LogFiles } from './log-files.ts';
import type { Seq } from './log.ts';
import { MemoryDisk } from './test-support/memory-disk.ts';
import { openDirectoryLog } from './open-directory-log.ts';
import {
  numberOf,
  point,
  points,
  readAll,
  seededRandom,
  seriesTables,
  temporaryDirectory,
} from './test-support/samples.ts';

/** Seq -> number of each point in the log; checks that the sequence has no gap. */
async function contents(log: DirectoryLog, tables: ReturnType<typeof seriesTables>): Promise<Map<Seq, number>> {
  const found = new Map<Seq, number>();
  let expected = log.firstSeq;
  for (const { seq, change } of await readAll(log)) {
    assert.equal(seq, expected++);
    found.set(seq, numberOf(tables, change));
  }
  assert.equal(log.lastSeq, expected - 1);
  return found;
}

test('a process that is killed loses nothing that it acknowledged', async (t) => {
  const dir = await temporaryDirectory(t);
  const program = new URL('./test-support/log-process.ts', import.meta.url).pathname;
  const acknowledged = new Map<Seq, number>();
  let next = 1;
  for (let round = 0; round < 4; round++) {
    const child = spawn(process.execPath, [program, 'append', dir, String(next)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('latin1').on('data', (text: string) => (output += text));
    await once(child.stdout, 'data');
    await assert.rejects(openDirectoryLog({ dir, tables: seriesTables() }), (error) => {
      return isWeirError(error, 'locked') && error.message.includes(`process ${child.pid}`);
    });
    await wait(20 + Math.random() * 150);
    child.kill('SIGKILL');
    await once(child, 'close');
    // The last line may be cut short.
    const lines = output.slice(0, output.lastIndexOf('\n')).split('\n');
    for (const line of lines) {
      const [seq, number] = line.split(':').map(Number);
      assert.equal(acknowledged.has(seq), false, `${seq} was acknowledged twice`);
      acknowledged.set(seq, number);
    }
    const tables = seriesTables();
    const log = await openDirectoryLog({ dir, tables });
    const found = await contents(log, tables);
    for (const [seq, number] of acknowledged) {
      if (seq >= log.firstSeq) assert.equal(found.get(seq), number, `round ${round}, change ${seq}`);
    }
    assert(log.lastSeq >= Math.max(...acknowledged.keys()));
    next = Math.max(...acknowledged.values()) + 100;
    await log.close();
  }
  assert(acknowledged.size > 20, `${acknowledged.size} appends`);
});

/** What callers know: the number of each change that was acknowledged, and the numbers that were refused. */
interface Known {
  readonly acknowledged: Map<Seq, number>;
  readonly refused: Set<number>;
}

/** One life of the log on the disk, ended by a crash at any moment. Returns the next unused number. */
async function liveAndCrash(
  disk: MemoryDisk,
  dir: string,
  random: () => number,
  known: Known,
  from: number,
): Promise<number> {
  const tables = seriesTables();
  // The process is gone after the crash: what it still tries to do must not reach the disk.
  const process = killable(disk);
  const log = await openDirectoryLog({ dir, tables, files: process.files, segmentSizeBytes: 1500 });
  await checkContents(log, tables, known);
  let number = from;
  const inDoubt: number[] = [];
  let isAlive = true;
  const steps = 5 + Math.floor(random() * 60);
  for (let step = 0; step < steps; step++) {
    const dice = random();
    if (dice < 0.06) disk.syncFailures = random() < 0.7 ? 1 : 1 + Math.floor(random() * 8);
    else if (dice < 0.12) disk.freeBytes = Math.floor(random() * 400);
    else if (dice < 0.5) [disk.syncFailures, disk.freeBytes] = [0, Infinity];
    if (dice > 0.95 && log.lastSeq > 10) await log.trim(log.lastSeq - 5).catch(() => undefined);
    for (let i = Math.floor(random() * 6); i > 0; i--) {
      const own = number++;
      const change = random() < 0.1 ? points(tables, own, 40) : point(tables, own);
      log.append(change).then(
        (seq) => {
          if (!isAlive) return;
          known.acknowledged.set(seq, own);
          // Whatever was refused before is behind the log now.
          for (const doubtful of inDoubt.splice(0)) known.refused.add(doubtful);
        },
        () => {
          if (!isAlive) return;
          // Where cutting back has failed, too, a crash may bring the change back until the log works again; from outside
          // nobody can tell.
          inDoubt.push(own);
        },
      );
    }
    for (let turns = Math.floor(random() * 12); turns > 0; turns--) await Promise.resolve();
    if (random() < 0.5) await new Promise((resolve) => setImmediate(resolve));
  }
  isAlive = false;
  await process.kill();
  disk.crash(random() < 0.6 ? 'power' : 'process');
  [disk.syncFailures, disk.freeBytes] = [0, Infinity];
  await log.close().catch(() => undefined);
  return number;
}

async function checkContents(log: DirectoryLog, tables: ReturnType<typeof seriesTables>, known: Known): Promise<void> {
  const found = await contents(log, tables);
  for (const [seq, number] of known.acknowledged) {
    if (seq >= log.firstSeq) assert.equal(found.get(seq), number, `change ${seq} was acknowledged`);
  }
  for (const number of found.values()) assert(!known.refused.has(number), `point ${number} had been refused`);
  // What is read is known from now on, whether it was acknowledged or not.
  for (const [seq, number] of found) known.acknowledged.set(seq, number);
}

interface Killable {
  readonly files: LogFiles;
  readonly kill: () => Promise<void>;
  /** Killed as soon as the next call of this operation has come to its end. */
  readonly killAfter: (operation: keyof LogFiles) => void;
}

/** The disk as one process has it: after `kill` every call fails and changes nothing. */
function killable(disk: MemoryDisk): Killable {
  let isKilled = false;
  let last: keyof LogFiles | undefined;
  const files = new Proxy<LogFiles>(disk, {
    get(target, name: keyof LogFiles) {
      const call = (target[name] as (...values: unknown[]) => unknown).bind(target);
      return (...values: unknown[]) => {
        if (isKilled) return Promise.reject(new Error('killed'));
        isKilled = name === last;
        return call(...values);
      };
    },
  });
  return {
    files,
    async kill() {
      isKilled = true;
      // Let promises that were under way come to their end while they still count for nothing.
      await new Promise((resolve) => setImmediate(resolve));
    },
    killAfter(operation) {
      last = operation;
    },
  };
}

test('what a restart has read stays, though the kernel had given up writing it', async (t) => {
  const dir = await temporaryDirectory(t);
  const disk = new MemoryDisk(seededRandom(7));
  const tables = seriesTables();
  const process = killable(disk);
  const log = await openDirectoryLog({ dir, tables, files: process.files });
  await log.append(point(tables, 1));
  // The sync fails, and the process is killed before it can cut back.
  disk.syncFailures = 1;
  process.killAfter('sync');
  await log.append(points(tables, 2, 200)).catch(() => undefined);
  disk.crash('process');
  await log.close();
  const second = await openDirectoryLog({ dir, tables, files: disk });
  assert.deepEqual(
    [...(await contents(second, tables))],
    [
      [1, 1],
      [2, 2],
    ],
  );
  disk.crash('power');
  await second.close();
  const third = await openDirectoryLog({ dir, tables, files: disk });
  assert.deepEqual(
    [...(await contents(third, tables))],
    [
      [1, 1],
      [2, 2],
    ],
  );
  await third.close();
});

test('after any faults and a loss of power: all that was acknowledged is there, nothing that was refused', async (t) => {
  const seed = Number(process.env['WEIR_TEST_SEED'] ?? Math.floor(Math.random() * 1e9));
  t.diagnostic(`seed ${seed}; set WEIR_TEST_SEED to repeat`);
  let acknowledged = 0;
  let refused = 0;
  for (let run = 0; run < 25; run++) {
    const random = seededRandom(seed + run);
    const disk = new MemoryDisk(random);
    [disk.shortWrites, disk.writeBacks] = [0.2, 0.2];
    const dir = await temporaryDirectory(t);
    const known: Known = { acknowledged: new Map(), refused: new Set() };
    let number = 1;
    try {
      for (let life = 0; life < 6; life++) number = await liveAndCrash(disk, dir, random, known, number);
      const tables = seriesTables();
      const log = await openDirectoryLog({ dir, tables, files: disk });
      await checkContents(log, tables, known);
      await log.close();
    } catch (error) {
      throw new Error(`seed ${seed + run} (the first of this run)`, { cause: error });
    }
    acknowledged += known.acknowledged.size;
    refused += known.refused.size;
  }
  t.diagnostic(`${acknowledged} acknowledged, ${refused} refused`);
  assert(acknowledged > 1000 && refused > 200);
});
