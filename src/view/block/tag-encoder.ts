// Tags and measurement names: columns for other readers only. They change from series to series, never within one, so they
// are encoded by runs and cost next to nothing per row.
import { ByteWriter } from './byte-writer.ts';
import type { EncodedDictionary } from './page-encoder.ts';
import type { PageBounds } from './parquet-thrift.ts';
import { indexWidth } from './dictionary.ts';
import { encodeRuns } from './rle.ts';

export interface EncodedRuns {
  readonly dictionary: EncodedDictionary | null;
  /** Rows that have a value. */
  readonly count: number;
  /** One byte a row; null = every row has a value. */
  readonly valid: Uint8Array | null;
  /** Width byte and indices. */
  readonly indices: Uint8Array;
  readonly bounds: PageBounds | null;
}

/** `valueOf(run)` is asked once a run; null = no value. */
export function encodeTagRuns(runStarts: Uint32Array, valueOf: (run: number) => string | null): EncodedRuns {
  const runCount = runStarts.length - 1;
  const ordinals = new Map<string, number>();
  const values = new Int32Array(runCount);
  const starts = new Uint32Array(runCount + 1);
  const valid = new Uint8Array(runStarts[runCount]);
  let dense = 0;
  let rows = 0;
  let lastValue: string | null = null;
  let lastOrdinal = 0;
  for (let run = 0; run < runCount; run++) {
    const value = valueOf(run);
    if (value === null) continue;
    if (value !== lastValue) {
      lastOrdinal = ordinals.get(value) ?? ordinals.size;
      if (lastOrdinal === ordinals.size) ordinals.set(value, lastOrdinal);
      lastValue = value;
    }
    valid.fill(1, runStarts[run], runStarts[run + 1]);
    values[dense] = lastOrdinal;
    starts[dense++] = rows;
    rows += runStarts[run + 1] - runStarts[run];
  }
  starts[dense] = rows;
  const indices = new ByteWriter();
  if (dense > 0) {
    indices.byte(indexWidth(ordinals.size));
    encodeRuns(indices, values, starts, dense, indexWidth(ordinals.size));
  }
  return {
    ...encodeEntries([...ordinals.keys()]),
    count: rows,
    valid: dense === runCount ? null : valid,
    indices: indices.written(),
  };
}

function encodeEntries(entries: readonly string[]): {
  dictionary: EncodedDictionary | null;
  bounds: PageBounds | null;
} {
  if (entries.length === 0) return { dictionary: null, bounds: null };
  const out = new ByteWriter();
  let min: Buffer | undefined;
  let max: Buffer | undefined;
  for (const entry of entries) {
    const bytes = Buffer.from(entry);
    out.uint32(bytes.length);
    out.append(bytes);
    if (min === undefined || Buffer.compare(bytes, min) < 0) min = bytes;
    if (max === undefined || Buffer.compare(bytes, max) > 0) max = bytes;
  }
  const dictionary = { bytes: out.written(), entries: entries.length };
  return { dictionary, bounds: min && max ? { min, max } : null };
}
