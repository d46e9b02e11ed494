// For tests only: a process of its own that uses a log directory, and prints a line for all that happens.
//
//     lock DIR              locks and waits:       `locked`, or the error's code and text
//     race DIR              locks, holds for a moment, lets go: the same, then `released`
//     append DIR FROM       appends points FROM, FROM + 1, … until killed: `SEQ:NUMBER` for each that was acknowledged
import { setTimeout as wait } from 'node:timers/promises';
import { isWeirError } from '../../base/index.ts';
import { lockDirectory } from '../directory-lock.ts';
import { openDirectoryLog } from '../open-directory-log.ts';
import { point, points, seriesTables } from './samples.ts';

const [, , command, directory, argument] = process.argv;

try {
  if (command === 'lock') {
    await lockDirectory(directory);
    console.log('locked');
    await wait(60_000);
  } else if (command === 'race') {
    const lock = await lockDirectory(directory);
    console.log(`locked ${Date.now()}`);
    await wait(30);
    console.log(`released ${Date.now()}`);
    await lock.release();
  } else await append(Number(argument));
} catch (error) {
  if (!isWeirError(error)) throw error;
  console.log(`${error.code}: ${error.message}`);
}

/** Eight appends are under way at any time, some of them large; segments are small. */
async function append(from: number): Promise<void> {
  const tables = seriesTables();
  const log = await openDirectoryLog({ dir: directory, tables, segmentSizeBytes: 100_000 });
  let next = from;
  const one = async (): Promise<void> => {
    for (;;) {
      const number = next++;
      const change = number % 10 === 0 ? points(tables, number, 300) : point(tables, number);
      const seq = await log.append(change);
      // Synchronous, as a pipe is here: what was acknowledged is told before anything else happens.
      process.stdout.write(`${seq}:${number}\n`);
      if (number % 97 === 0) await log.trim(seq - 400);
    }
  };
  await Promise.all(Array.from({ length: 8 }, one));
}
