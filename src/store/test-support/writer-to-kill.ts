// A process that puts objects until it is killed, and prints each key once its put has resolved: writer-to-kill.ts DIR NAME
// An object's bytes follow from its key, so that the test can tell whole from torn.
import { writeSync } from 'node:fs';
import { openDirectoryStore } from '../directory-store.ts';
import { bytesOfKey } from './bytes-of-key.ts';

const [dir, name] = process.argv.slice(2);
const store = await openDirectoryStore({ dir });
// Never outlives the test.
process.stdin.on('end', () => process.exit(0)).resume();

await Promise.all(
  Array.from({ length: 4 }, async (_, worker) => {
    for (let i = 0; ; i++) {
      const key = `${name}/${worker}/${i % 10}/${i}`;
      const bytes = bytesOfKey(key);
      if (worker % 2 === 0) {
        await store.put(key, bytes);
      } else {
        const writer = await store.create(key);
        for (let at = 0; at < bytes.length; at += 40_000) await writer.write(bytes.subarray(at, at + 40_000));
        await writer.commit();
      }
      // Straight to the pipe: what a killed process still had in its buffers was never said.
      writeSync(1, `${key}\n`);
    }
  }),
);
