// Takes in buckets whose objects lie in the store already, made by another view: what a restore brings. They become part of
// the view by one manifest record, all of them or none.
import { WeirError } from '../base/index.ts';
import type { Seq } from '../log/index.ts';
import { BucketView } from './bucket-view.ts';
import type { Capture, CapturedBucket } from './capture.ts';
import type { LiveBlock } from './live-block.ts';
import { loadBlock, loadSegment } from './load-bucket.ts';
import type { MaintenanceParts, MakeRecord } from './maintenance-parts.ts';
import { pageCache } from './open-table-reader.ts';
import { SeriesFamily, findFamily } from './series-family.ts';

/** What was captured, under keys and with ids of this view. */
export type AdoptRequest = Pick<Capture, 'upTo' | 'buckets' | 'families'>;

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
    const families = new Map<string, SeriesFamily>();
    for (const { familyId, segments } of request.families) {
      const family = new SeriesFamily(familyId);
      for (const segment of segments) await loadSegment(family, segment, parts.settings.store);
      families.set(familyId, family);
    }
    const buckets: BucketView[] = [];
    for (const bucket of captured) {
      const family = families.get(bucket.familyId);
      if (family === undefined) throw new WeirError('corrupt', `bucket ${bucket.bucketId} comes without its series`);
      buckets.push(await openBucket(parts, bucket, family, opened));
    }
    await parts.manifest.commit(
      () => {
        for (const { id, family } of buckets) {
          if (parts.buckets.has(id) || findFamily(parts.buckets.values(), family.id) !== undefined)
            throw new WeirError('conflict', `the view has bucket ${id} or its series already`);
        }
        const record = makeRecord({
          add: captured.flatMap(({ blocks }) => blocks),
          addSeries: request.families.flatMap(({ segments }) => segments),
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
async function openBucket(
  parts: MaintenanceParts,
  captured: CapturedBucket,
  family: SeriesFamily,
  opened: LiveBlock[],
): Promise<BucketView> {
  const { store } = parts.settings;
  const bucket = new BucketView(captured.bucketId, family);
  for (const meta of captured.blocks) opened.push(await loadBlock(bucket, meta, store));
  for (const deletion of captured.deletes) bucket.restoreDelete(deletion);
  return bucket;
}
