// The part of a backup that some buckets are made of, under other bucket ids and therefore other keys.
import type { CapturedBucket, CapturedFamily } from '../view/index.ts';
import type { Digest } from './digest.ts';
import type { BackupManifest } from './manifest-file.ts';

export interface ChosenContents {
  readonly upTo: number;
  readonly buckets: readonly CapturedBucket[];
  readonly families: readonly CapturedFamily[];
  /** By new key. */
  readonly objects: ReadonlyMap<string, Digest>;
  /** New key -> key in the backup. */
  readonly sources: ReadonlyMap<string, string>;
}

/** `ids`: bucket id in the backup -> new id, of the buckets that are wanted. */
export function chosenContents(
  { contents, objects: digests }: BackupManifest,
  ids: ReadonlyMap<string, string>,
  newId: () => string,
): ChosenContents {
  const buckets = contents.buckets.filter(({ bucketId }) => ids.has(bucketId));
  const families = contents.families.filter(({ familyId }) => buckets.some((bucket) => bucket.familyId === familyId));
  // The bucket that a family began with may be gone or not wanted; its series are.
  const newIds = new Map(ids);
  for (const { familyId } of families) if (!newIds.has(familyId)) newIds.set(familyId, newId());
  const idOf = (id: string): string => newIds.get(id) as string;
  const objects = new Map<string, Digest>();
  const sources = new Map<string, string>();
  const moved = <M extends { readonly key: string; readonly bucketId: string }>(meta: M): M => {
    const bucketId = idOf(meta.bucketId);
    const key = meta.key.replace(`/${meta.bucketId}/`, `/${bucketId}/`);
    objects.set(key, digests.get(meta.key) as Digest);
    sources.set(key, meta.key);
    return { ...meta, key, bucketId };
  };
  return {
    upTo: contents.upTo,
    buckets: buckets.map(({ bucketId, familyId, blocks, deletes }) => ({
      bucketId: idOf(bucketId),
      familyId: idOf(familyId),
      blocks: blocks.map(moved),
      deletes: deletes.map((deletion) => ({ ...deletion, bucketId: idOf(bucketId) })),
    })),
    families: families.map(({ familyId, segments }) => ({ familyId: idOf(familyId), segments: segments.map(moved) })),
    objects,
    sources,
  };
}
