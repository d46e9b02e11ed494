// The manifest: what a view holds in its store, up to which position of the log. Its records form a record log: each one is
// a step from a state to the next, and whoever commits record n + 1 is right.
import { type FieldType, type TagPredicate, type TimeRange, MAX_TIME_NS, MIN_TIME_NS } from '../model/index.ts';
import type { Seq } from '../log/index.ts';

/** One block in the store. Times are decimal strings of ns, as JSON numbers would lose digits. */
export interface BlockMeta {
  readonly key: string;
  readonly bucketId: string;
  readonly shardStart: string;
  readonly shardEnd: string;
  /** 0 = as flushed, 1 = compacted. */
  readonly level: number;
  readonly tables: readonly BlockTableMeta[];
  /** Rows come from changes in [minSeq, maxSeq]. Blocks of one table have disjoint ranges: later wins. */
  readonly minSeq: Seq;
  readonly maxSeq: Seq;
  /** Deletes up to here have been applied to the rows. */
  readonly deletesUpTo: Seq;
  readonly minTime: string;
  readonly maxTime: string;
  readonly rowCount: number;
  readonly sizeBytes: number;
}

export interface BlockTableMeta {
  readonly measurement: string;
  readonly fields: readonly (readonly [name: string, type: FieldType])[];
}

/** Keys of series with ids [firstId, firstId + count) of one bucket. */
export interface SeriesSegmentMeta {
  readonly key: string;
  readonly bucketId: string;
  readonly firstId: number;
  readonly count: number;
}

/** A delete that some block still has to be read through. */
export interface DeleteMeta {
  readonly seq: Seq;
  readonly bucketId: string;
  readonly measurements: readonly string[] | null;
  readonly predicate: TagPredicate | null;
  readonly startNs: string;
  readonly endNs: string;
}

export interface ManifestState {
  /** Every change up to here is in the blocks. */
  readonly upTo: Seq;
  readonly blocks: readonly BlockMeta[];
  readonly series: readonly SeriesSegmentMeta[];
  readonly deletes: readonly DeleteMeta[];
  /** Bucket id -> ns: its shards up to here have expired; what the log still has of them is not to come back. */
  readonly expired: Readonly<Record<string, string>>;
}

export interface ManifestRecord {
  readonly upTo: Seq;
  readonly add: readonly BlockMeta[];
  /** Keys of blocks that are no longer part of the view. */
  readonly remove: readonly string[];
  readonly addSeries: readonly SeriesSegmentMeta[];
  readonly removeSeries: readonly string[];
  /** All deletes that are still needed. */
  readonly deletes: readonly DeleteMeta[];
  /** What has changed of it. */
  readonly expired?: Readonly<Record<string, string>> | undefined;
}

export const EMPTY_MANIFEST: ManifestState = { upTo: 0, blocks: [], series: [], deletes: [], expired: {} };

export function applyRecord(state: ManifestState, record: ManifestRecord): ManifestState {
  const removed = new Set(record.remove);
  const removedSeries = new Set(record.removeSeries);
  return {
    upTo: Math.max(state.upTo, record.upTo),
    blocks: [...state.blocks.filter((block) => !removed.has(block.key)), ...record.add],
    series: [...state.series.filter((segment) => !removedSeries.has(segment.key)), ...record.addSeries],
    deletes: record.deletes,
    expired: { ...state.expired, ...record.expired },
  };
}

export function deleteRange(deletion: DeleteMeta): TimeRange {
  return { startNs: BigInt(deletion.startNs), endNs: BigInt(deletion.endNs) };
}

export function coversAllTime(range: TimeRange): boolean {
  return range.startNs <= MIN_TIME_NS && range.endNs > MAX_TIME_NS;
}

/** Throws a plain Error that says what is wrong; the record log adds where. */
export function checkManifestState(value: unknown): ManifestState {
  const state = value as ManifestState;
  requireShape(typeof state === 'object' && state !== null && Number.isSafeInteger(state.upTo), 'upTo');
  requireShape(Array.isArray(state.blocks) && state.blocks.every((block) => typeof block.key === 'string'), 'blocks');
  requireShape(Array.isArray(state.series) && Array.isArray(state.deletes), 'series and deletes');
  // Stores of the first version know no expired shards.
  return { ...state, expired: state.expired ?? {} };
}

export function checkManifestRecord(value: unknown): ManifestRecord {
  const record = value as ManifestRecord;
  requireShape(typeof record === 'object' && record !== null && Number.isSafeInteger(record.upTo), 'upTo');
  requireShape(Array.isArray(record.add) && Array.isArray(record.remove), 'add and remove');
  requireShape(Array.isArray(record.addSeries) && Array.isArray(record.removeSeries), 'addSeries and removeSeries');
  requireShape(Array.isArray(record.deletes), 'deletes');
  return record;
}

function requireShape(condition: boolean, what: string): void {
  if (!condition) throw new Error(`not a manifest record: ${what} is missing or of another type`);
}
