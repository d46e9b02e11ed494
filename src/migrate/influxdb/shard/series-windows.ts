// A series in pieces that fit memory, however long it is: spans of time with about as many values each.
import { type TimeRange, intersectRange } from '../../../model/index.ts';
import type { Block } from '../block/block.ts';
import type { RunTally } from './field-run.ts';
import { type FramedRuns, type Frames, framedRuns } from './frames.ts';
import type { BlockRef, SeriesBlocks } from './series-cursor.ts';

/** Of a thousand values each, as InfluxDB writes them. */
const BLOCKS_IN_WINDOW = 256;

export interface WindowTally extends RunTally {
  /** Bytes of files that have been read. */
  readBytes: number;
}

/** The runs of each window in turn, in order of time. Throws `corrupt`. */
export function* seriesWindows(
  series: SeriesBlocks,
  frames: Frames,
  tally: WindowTally,
  blocksInWindow = BLOCKS_IN_WINDOW,
): Generator<FramedRuns> {
  // Blocks that reach into the next window are decoded once.
  const decoded = new Map<BlockRef, Block>();
  const blockOf = (ref: BlockRef): Block => {
    const known = decoded.get(ref);
    if (known !== undefined) return known;
    const block = ref.file.readBlock(ref.place);
    tally.readBytes += ref.place.sizeBytes;
    decoded.set(ref, block);
    return block;
  };
  for (const window of planWindows(series, frames.range, blocksInWindow)) {
    const fields = series.fields.map(({ name, type, blocks }) => {
      const within = blocks.filter(({ place }) => place.maxNs >= window.startNs && place.minNs < window.endNs);
      return { name, type, sources: within.map((ref) => ({ block: blockOf(ref), deleted: ref.deleted })) };
    });
    yield* framedRuns(fields, window, frames, tally);
    for (const ref of decoded.keys()) if (ref.place.maxNs < window.endNs) decoded.delete(ref);
  }
}

/** Windows that cover `range`, in each of which as many blocks begin; one block a field at least. */
export function planWindows(series: SeriesBlocks, range: TimeRange, blocksInWindow: number): TimeRange[] {
  const size = Math.max(blocksInWindow, series.fields.length);
  const total = series.fields.reduce((sum, { blocks }) => sum + blocks.length, 0);
  if (total <= size) return [range];
  const starts = series.fields.flatMap(({ blocks }) => blocks.map(({ place }) => place.minNs));
  starts.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const windows: TimeRange[] = [];
  let startNs = range.startNs;
  for (let at = size; at < starts.length; at += size) {
    const piece = intersectRange(range, { startNs, endNs: starts[at] });
    if (piece === undefined) continue;
    windows.push(piece);
    startNs = piece.endNs;
  }
  const last = intersectRange(range, { startNs, endNs: range.endNs });
  return last === undefined ? windows : [...windows, last];
}
