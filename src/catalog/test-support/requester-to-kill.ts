// A process that makes the requests of a seed of a catalog, and prints a line when one is through, until it is killed:
// requester-to-kill.ts DIR SEED
import { writeSync } from 'node:fs';
import { isWeirError } from '../../base/index.ts';
import { openDirectoryStore } from '../../store/index.ts';
import { openCatalog } from '../open-catalog.ts';
import { perform } from './perform.ts';
import { requests } from './requests.ts';

const [dir, seed] = process.argv.slice(2);
// Never outlives the test.
process.stdin.on('end', () => process.exit(0)).resume();

const catalog = await openCatalog({ store: await openDirectoryStore({ dir }), checkpointEvery: 5, passwordCost: 4 });
for (const request of requests(Number(seed))) {
  try {
    await perform(catalog, request);
  } catch (error) {
    if (!isWeirError(error) || isWeirError(error, 'unavailable') || isWeirError(error, 'corrupt')) throw error;
  }
  writeSync(1, '\n');
}
