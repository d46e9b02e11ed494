// A process that appends to a record log shared with others, checkpoints now and then, and prints the number of each record
// once it is durable: depositor.ts DIR NAME COUNT. Its n-th deposit is n, to the account of its own name.
// With COUNT 0 it goes on until it is killed.
import { writeSync } from 'node:fs';
import { isWeirError } from '../../base/index.ts';
import { openDirectoryStore } from '../directory-store.ts';
import { fold, openSumLog } from './sum-log.ts';

const [dir, name, countText] = process.argv.slice(2);
const count = Number(countText) || Number.POSITIVE_INFINITY;
process.stdin.on('end', () => process.exit(0)).resume();

const store = await openDirectoryStore({ dir });
const log = openSumLog(store);
let state = fold(await log.load());
for (let n = 1; n <= count; ) {
  const deposit = { account: name, amount: BigInt(n) };
  try {
    const number = await log.append(deposit);
    writeSync(1, `${number}\n`);
    n++;
    state = fold({ checkpoint: undefined, records: [{ number, record: deposit }] }, state);
    if (log.recordsSinceCheckpoint >= 7) await log.checkpoint(state);
  } catch (error) {
    if (!isWeirError(error, 'conflict')) throw error;
    state = fold(await log.refresh(), state);
  }
}
await store.close();
process.exit(0);
