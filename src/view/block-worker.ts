// The thread that writes blocks: sorting, encoding and compressing never hold up the thread that takes writes.
import { parentPort } from 'node:worker_threads';
import { isWeirError, messageOf } from '../base/index.ts';
import { type ObjectStore, openDirectoryStore } from '../store/index.ts';
import { pageCache, setPageCacheBytes } from './open-table-reader.ts';
import type { BlockWorkerRequest, BlockWorkerResponse } from './block-worker-client.ts';
import { writeBlock } from './write-block.ts';

// Inputs are read once, page after page: there is nothing to gain from keeping many.
setPageCacheBytes(64 * 1024 * 1024);

let store: ObjectStore | undefined;

parentPort?.on('message', (request: BlockWorkerRequest) => {
  void answer(request).then((response) => parentPort?.postMessage(response));
});

async function answer(request: BlockWorkerRequest): Promise<BlockWorkerResponse> {
  try {
    store ??= await openDirectoryStore({ dir: request.location.dir });
    const written = await writeBlock(request.job, store);
    for (const table of request.job.tables) {
      for (const source of table.sources) if (source.kind === 'block') pageCache().drop(source.key);
    }
    return { written };
  } catch (error) {
    return { failure: { code: isWeirError(error) ? error.code : undefined, message: messageOf(error) } };
  }
}
