// A shard as batches of rows: first what its TSM files hold, put together from all of them, then its WAL.
import { isWeirError, messageOf } from '../../../base/index.ts';
import { type PointBatch, type SeriesTable, type TimeRange, intersectRange } from '../../../model/index.ts';
import { type CanonicalKey, canonicalKey } from '../composite-key.ts';
import { WalChunk } from '../wal/wal-chunk.ts';
import { readWalSegment } from '../wal/wal-segment.ts';
import { Frames, framedRuns } from './frames.ts';
import { closeTsmFiles, openTsmFiles } from './open-files.ts';
import { RowBatches } from './row-batches.ts';
import { SeriesCursor } from './series-cursor.ts';
import { type WindowTally, seriesWindows } from './series-windows.ts';
import type { ShardSurvey } from './survey.ts';

/** Bytes of WAL entries that are put together at a time. */
const CHUNK_BYTES = 64 * 1024 * 1024;

/** What became of a shard's values. Whoever reads may look at it at any time. */
export interface ShardTally extends WindowTally {
  /** Values handed on. */
  valueCount: number;
  /** Series that Weir has no key for (their keys in the files), and why the first of them has none. */
  readonly lostSeries: Set<string>;
  lostSeriesReason: string;
}

export interface ShardBatch {
  readonly batch: PointBatch;
  readonly valueCount: number;
  /** Its points may overwrite those of batches before it: these must be stored first. */
  readonly isOverwriting: boolean;
}

export function newTally(): ShardTally {
  return { valueCount: 0, readBytes: 0, notFinite: 0, repairedStrings: 0, lostSeries: new Set(), lostSeriesReason: '' };
}

/**
 * What the shard has in `range`, without what the survey found to be damaged. Series ids are from `series`. Rejects with
 * `corrupt` for damage that the survey has not seen.
 */
export async function* readShard(
  survey: ShardSurvey,
  range: TimeRange,
  series: SeriesTable,
  tally: ShardTally,
): AsyncGenerator<ShardBatch> {
  const within = survey.range && intersectRange(survey.range, range);
  if (within === undefined) return;
  const frames = new Frames(within);
  yield* readTsm(survey, frames, series, tally);
  yield* readWal(survey, frames, series, tally);
}

function* readTsm(survey: ShardSurvey, frames: Frames, series: SeriesTable, tally: ShardTally): Generator<ShardBatch> {
  const files = openTsmFiles(survey.tsm);
  try {
    const cursor = new SeriesCursor(files, frames.range);
    const batches = new RowBatches();
    for (let each = cursor.next(); each !== undefined; each = cursor.next()) {
      const key = keyOf(each.key, tally);
      if (key === undefined) continue;
      const seriesId = series.intern(key.bytes, 0, key.bytes.length);
      for (const framed of seriesWindows(each, frames, tally)) {
        batches.add(key.measurement, seriesId, framed);
        if (batches.isFull) yield takeBatch(batches, tally, false);
      }
    }
    if (batches.valueCount > 0) yield takeBatch(batches, tally, false);
  } finally {
    closeTsmFiles(files);
  }
}

async function* readWal(
  survey: ShardSurvey,
  frames: Frames,
  series: SeriesTable,
  tally: ShardTally,
): AsyncGenerator<ShardBatch> {
  const chunk = new WalChunk();
  let ordinal = 0;
  for (const file of survey.wal) {
    for await (const record of readWalSegment(file.path)) {
      if (record.kind !== 'entry') continue;
      if (record.entry.op === 'write') chunk.add(ordinal, record.entry);
      ordinal++;
      if (chunk.sizeBytes >= CHUNK_BYTES) yield* chunkBatches(chunk, survey, frames, series, tally);
    }
    tally.readBytes += file.sizeBytes;
  }
  yield* chunkBatches(chunk, survey, frames, series, tally);
}

function* chunkBatches(
  chunk: WalChunk,
  survey: ShardSurvey,
  frames: Frames,
  series: SeriesTable,
  tally: ShardTally,
): Generator<ShardBatch> {
  const batches = new RowBatches();
  for (const { key, fields } of chunk.take(survey.walDeletes)) {
    const canonical = keyOf(key, tally);
    if (canonical === undefined) continue;
    const seriesId = series.intern(canonical.bytes, 0, canonical.bytes.length);
    const sources = fields.map(({ name, type, block }) => ({ name, type, sources: [{ block, deleted: [] }] }));
    for (const framed of framedRuns(sources, frames.range, frames, tally)) {
      batches.add(canonical.measurement, seriesId, framed);
      if (batches.isFull) yield takeBatch(batches, tally, true);
    }
  }
  if (batches.valueCount > 0) yield takeBatch(batches, tally, true);
}

function takeBatch(batches: RowBatches, tally: ShardTally, isOverwriting: boolean): ShardBatch {
  const { valueCount } = batches;
  tally.valueCount += valueCount;
  return { batch: batches.take(), valueCount, isOverwriting };
}

function keyOf(key: Uint8Array, tally: ShardTally): CanonicalKey | undefined {
  try {
    return canonicalKey(key);
  } catch (error) {
    if (!isWeirError(error, 'invalid')) throw error;
    tally.lostSeries.add(Buffer.from(key).toString('latin1'));
    if (tally.lostSeriesReason === '') tally.lostSeriesReason = messageOf(error);
    return undefined;
  }
}
