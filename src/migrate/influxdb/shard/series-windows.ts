// A series in pieces that fit memory, however long it is: spans of time with about as many values each.
import type { TimeRange } from '../../../model/index.ts';
import type { Block } from '../block/block.ts';
import type { RunTally } from './field-run.ts';
import { type FramedRuns, type Frames, framedRuns } from './frames.ts';
import type { BlockPlace } from '../tsm/tsm-file.ts';
import type { BlockRef, SeriesBlocks } from './series-cursor.ts';

export interface WindowLimits {
  /** Of a thousand values each, as InfluxDB writes them. */
  readonly blocks: number;
  /** In the files. */
  readonly bytes: number;
}

const LIMITS: WindowLimits = { blocks: 256, bytes: 4 * 1024 * 1024 };

export interface WindowTally extends RunTally {
  /** Bytes of files that have been read. */
  readBytes: number;
}

/** The runs of each window in turn, in order of time. Throws `corrupt`. */
export function* seriesWindows(
  series: SeriesBlocks,
  frames: Frames,
  tally: WindowTally,
  limits = LIMITS,
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
  for (const window of planWindows(series, frames.range, limits)) {
    const fields = series.fields.map(({ name, type, blocks }) => {
      const within = blocks.filter(({ place }) => place.maxNs >= window.startNs && place.minNs < window.endNs);
      return { name, type, sources: within.map((ref) => ({ block: blockOf(ref), deleted: ref.deleted })) };
    });
    yield* framedRuns(fields, window, frames, tally);
    for (const ref of decoded.keys()) if (ref.place.maxNs < window.endNs) decoded.delete(ref);
  }
}

/** Windows that cover `range`, each of which begins with a block. One block a field is the least that a window has. */
export function planWindows({ fields }: SeriesBlocks, range: TimeRange, limits: WindowLimits): TimeRange[] {
  const mostBlocks = Math.max(limits.blocks, fields.length);
  const places = fields.flatMap(({ blocks }) => blocks.map(({ place }) => place));
  if (places.length > mostBlocks || sumOf(places) > limits.bytes) {
    places.sort((a, b) => (a.minNs < b.minNs ? -1 : a.minNs > b.minNs ? 1 : 0));
  }
  const windows: TimeRange[] = [];
  let { startNs } = range;
  let blocks = 0;
  let bytes = 0;
  for (const { minNs, sizeBytes } of places) {
    if ((blocks >= mostBlocks || (bytes >= limits.bytes && blocks >= fields.length)) && minNs > startNs) {
      windows.push({ startNs, endNs: minNs });
      startNs = minNs;
      blocks = 0;
      bytes = 0;
    }
    blocks++;
    bytes += sizeBytes;
  }
  windows.push({ startNs, endNs: range.endNs });
  return windows;
}

function sumOf(places: readonly BlockPlace[]): number {
  return places.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
