// Blocks of which deletes have left nothing: they leave the view as they are, without being read and written anew.
import type { LiveBlock } from './live-block.ts';
import { type BlockMeta, type DeleteMeta, deleteRange } from './manifest.ts';

/** Whether each table of the block was deleted as a whole after the last of its rows had come. */
export function isHidden(block: BlockMeta, deletes: readonly DeleteMeta[]): boolean {
  const later = deletes.filter((deletion) => hidesTime(deletion, block));
  return block.tables.every(({ measurement }) =>
    later.some(({ measurements }) => measurements === null || measurements.includes(measurement)),
  );
}

function hidesTime(deletion: DeleteMeta, block: BlockMeta): boolean {
  if (deletion.bucketId !== block.bucketId || deletion.predicate !== null || deletion.seq <= block.maxSeq) return false;
  const { startNs, endNs } = deleteRange(deletion);
  return startNs <= BigInt(block.minTime) && endNs > BigInt(block.maxTime);
}

/** What of a bucket's shards the hidden blocks are found in. */
export interface BlockHolder {
  readonly deletes: { readonly all: readonly DeleteMeta[] };
  readonly shards: ReadonlyMap<
    bigint,
    { readonly tables: ReadonlyMap<string, { readonly blocks: readonly LiveBlock[] }> }
  >;
}

/** Each block once, with the start of its shard. */
export function hiddenBlocks({ deletes, shards }: BlockHolder): Map<LiveBlock, bigint> {
  const hidden = new Map<LiveBlock, bigint>();
  if (!deletes.all.some((deletion) => deletion.predicate === null)) return hidden;
  for (const [startNs, { tables }] of shards) {
    for (const { blocks } of tables.values()) {
      for (const block of blocks) if (isHidden(block.meta, deletes.all)) hidden.set(block, startNs);
    }
  }
  return hidden;
}
