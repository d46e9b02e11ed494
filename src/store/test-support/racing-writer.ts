// A process that puts a range of keys, each if absent, and prints the ones that it won: racing-writer.ts DIR NAME ORDER…
// It says `ready`, then waits for a line, so that all racers start together.
import { once } from 'node:events';
import { isWeirError } from '../../base/index.ts';
import { openDirectoryStore } from '../directory-store.ts';

const [dir, name, ...order] = process.argv.slice(2);
const store = await openDirectoryStore({ dir });
console.log('ready');
await once(process.stdin, 'data');
for (const key of order) {
  try {
    await store.put(`race/${key}`, Buffer.from(`${name} ${key}`));
    console.log(key);
  } catch (error) {
    if (!isWeirError(error, 'conflict')) throw error;
  }
}
await store.close();
process.stdin.destroy();
