// Takes in buckets whose objects lie in the store already, made by another view: what a restore brings. They become part of
// the view by one manifest record, all of them or none.
import { WeirError } from '../base/index.ts';
import type { Seq } from '../log/index.ts';
import { BucketView } from './bucket-view.ts';
import type { CapturedBucket } from './capture.ts';
import type { LiveBlock } from './live-block.ts';
import { loadBlock, loadSegment } from './load-bucket.ts';
import type { MaintenanceParts, MakeRecord } from './maintenance-parts.ts';
import { pageCache } from './open-table-reader.ts';

/** Buckets as they were captured, under keys and with bucket ids of this view. */
export interface AdoptRequest {
  /** The capture's own. */
  readonly upTo: Seq;
  readonly buckets: readonly CapturedBucket[];
}

/**
 * The bucket's changes as if they had come before the first change of this view's log: order is kept, and every write and
 * delete from now on comes after them.
 */
export function beforeTheLog(bucket: CapturedBucket, upTo: Seq): CapturedBucket {
  const shift = upTo + 1;
  return {
    ...bucket,
    blocks: bucket.blocks.map((block) => ({
      ...block,
      minSeq: block.minSeq - shift,
      maxSeq: block.maxSeq - shift,
      deletesUpTo: block.deletesUpTo - shift,
    })),
    deletes: bucket.deletes.map((deletion) => ({ ...deletion, seq: deletion.seq - shift })),
  };
}

/** Rejects with `conflict` when a bucket is here already, `corrupt` or `not found` for faulty objects: then nothing changed. */
export async function adopt(parts: MaintenanceParts, makeRecord: MakeRecord, request: AdoptRequest): Promise<void> {
  const captured = request.buckets.map((bucket) => beforeTheLog(bucket, request.upTo));
  const opened: LiveBlock[] = [];
  let adopted = false;
  try {
    const buckets: BucketView[] = [];
    for (const bucket of captured) buckets.push(await openBucket(parts, bucket, opened));
    await parts.manifest.commit(
      () => {
        for (const { id } of buckets) {
          if (parts.buckets.has(id)) throw new WeirError('conflict', `the view has a bucket ${id} already`);
        }
        const record = makeRecord({
          add: captured.flatMap(({ blocks }) => blocks),
          addSeries: captured.flatMap(({ series }) => series),
        });
        return { ...record, deletes: [...record.deletes, ...captured.flatMap(({ deletes }) => deletes)] };
      },
      () => {
        for (const bucket of buckets) parts.buckets.set(bucket.id, bucket);
        adopted = true;
      },
    );
  } finally {
    if (!adopted) for (const block of opened) forget(block);
  }
}

function forget(block: LiveBlock): void {
  pageCache().drop(block.meta.key);
  block.file.release();
}

/** Notes what it opens in `opened`, also when it fails. */
async function openBucket(parts: MaintenanceParts, captured: CapturedBucket, opened: LiveBlock[]): Promise<BucketView> {
  const { store } = parts.settings;
  const bucket = new BucketView(captured.bucketId);
  for (const segment of captured.series) await loadSegment(bucket, segment, store);
  for (const meta of captured.blocks) opened.push(await loadBlock(bucket, meta, store));
  for (const deletion of captured.deletes) bucket.restoreDelete(deletion);
  return bucket;
}
