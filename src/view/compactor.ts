// Merges blocks into fewer and larger ones, in which overwritten and deleted points are gone for good.
import { BlockWorker } from './block-worker-client.ts';
import type { BucketView, Shard } from './bucket-view.ts';
import type { CompactionPlan } from './compaction-plan.ts';
import type { LiveBlock } from './live-block.ts';
import {
  type BlockStamp,
  type MaintenanceParts,
  type MakeRecord,
  isLiveShard,
  makeBlock,
  openLiveBlock,
} from './maintenance-parts.ts';
import type { BlockMeta } from './manifest.ts';
import { blockSource } from './shard-table.ts';

export class Compactor {
  readonly #parts: MaintenanceParts;
  readonly #makeRecord: MakeRecord;
  readonly #worker: BlockWorker;

  constructor(parts: MaintenanceParts, makeRecord: MakeRecord) {
    this.#parts = parts;
    this.#makeRecord = makeRecord;
    this.#worker = new BlockWorker(parts.settings.storeLocation);
  }

  /** Carries a plan out. Resolves with the blocks that came of it; with none when the shard went meanwhile. */
  async compact(plan: CompactionPlan): Promise<BlockMeta[]> {
    const { manifest, uses, buckets, appliedSeq } = this.#parts;
    const bucket = buckets.get(plan.bucketId);
    const shard = bucket?.shards.get(BigInt(plan.shardStart));
    if (bucket === undefined || shard === undefined) {
      // What is gone from memory leaves the manifest with a commit that is on its way: wait for that.
      await manifest.commit(
        () => undefined,
        () => {},
      );
      return [];
    }
    const stamp: BlockStamp = {
      level: 1,
      minSeq: plan.inputs[0].minSeq,
      maxSeq: plan.inputs[plan.inputs.length - 1].maxSeq,
      deletesUpTo: appliedSeq(),
    };
    const inputs = inputBlocks(shard, plan);
    for (const block of inputs) uses.hold(block);
    try {
      const outputs = await this.#writeTables(bucket, shard, inputs, stamp);
      await this.#commit(bucket, shard, inputs, outputs);
      return outputs.map((block) => block.meta);
    } finally {
      for (const block of inputs) uses.release(block);
    }
  }

  close(): Promise<void> {
    return this.#worker.close();
  }

  /** One block a measurement. */
  async #writeTables(
    bucket: BucketView,
    shard: Shard,
    inputs: ReadonlySet<LiveBlock>,
    stamp: BlockStamp,
  ): Promise<LiveBlock[]> {
    const outputs: LiveBlock[] = [];
    for (const table of shard.tables.values()) {
      const blocks = table.blocks.filter((block) => inputs.has(block));
      if (blocks.length === 0) continue;
      const deletes = bucket.deletes.of(table.measurement).filter((deletion) => deletion.meta.seq <= stamp.deletesUpTo);
      const sources = blocks.map((block) => blockSource(block, deletes));
      const snapshot = { measurement: table.measurement, shard: table.shard, sources, fields: table.fields() };
      const meta = await makeBlock(this.#worker, bucket, table.shard, [snapshot], stamp);
      if (meta !== null) outputs.push(await openLiveBlock(this.#parts, meta));
    }
    return outputs;
  }

  async #commit(
    bucket: BucketView,
    shard: Shard,
    inputs: ReadonlySet<LiveBlock>,
    outputs: readonly LiveBlock[],
  ): Promise<void> {
    const { startNs } = shard.range;
    let committed = false;
    await this.#parts.manifest.commit(
      () => {
        if (!isLiveShard(this.#parts, bucket, startNs)) return undefined;
        const remove = [...inputs].map((block) => block.meta.key);
        return this.#makeRecord({ add: outputs.map((block) => block.meta), remove });
      },
      () => {
        committed = true;
        for (const block of outputs) bucket.addBlock(block, shard.range);
        for (const block of inputs) bucket.removeBlock(block, startNs);
      },
    );
    for (const block of committed ? inputs : outputs) this.#parts.uses.retire(block);
  }
}

function inputBlocks(shard: Shard, plan: CompactionPlan): Set<LiveBlock> {
  const keys = new Set(plan.inputs.map((input) => input.key));
  const inputs = new Set<LiveBlock>();
  for (const table of shard.tables.values()) {
    for (const block of table.blocks) if (keys.has(block.meta.key)) inputs.add(block);
  }
  return inputs;
}
