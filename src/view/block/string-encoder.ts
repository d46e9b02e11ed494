// String fields: a dictionary where strings repeat, else all lengths (as differences), then all bytes.
import type { StringColumn } from '../../model/index.ts';
import { ByteWriter } from './byte-writer.ts';
import type { Effort } from './compression.ts';
import { encodeDelta } from './delta.ts';
import { MAX_DICTIONARY, indexStrings, indexWidth } from './dictionary.ts';
import { type PageEncoder, encodeIndices, reserveIndices } from './page-encoder.ts';
import { ENCODING } from './parquet-columns.ts';

const entryRows = new Int32Array(MAX_DICTIONARY);

/** Value i is that of row rows[i]. `compact`: sketches of a tier are worth some time. */
export function stringEncoder(strings: StringColumn, rows: Uint32Array, count: number, compact: boolean): PageEncoder {
  const indices = reserveIndices(count);
  const entries = indexStrings(
    strings,
    rows,
    count,
    indices,
    entryRows,
    Math.min(MAX_DICTIONARY, Math.max(1, count >> 1)),
  );
  return entries < 0
    ? lengthsEncoder(strings, rows, compact ? 'slow' : 'fast')
    : stringDictionary(strings, indices, entries);
}

function lengthsEncoder({ text, starts, ends }: StringColumn, rows: Uint32Array, effort: Effort): PageEncoder {
  return {
    dictionary: null,
    compression: 'each page',
    effort,
    encode(out, start, count) {
      const lengths = new Float64Array(count);
      let total = 0;
      for (let i = 0; i < count; i++) {
        const row = rows[start + i];
        lengths[i] = ends[row] - starts[row];
        total += lengths[i];
      }
      encodeDelta(out, lengths, 0, count, 0n);
      out.reserve(total);
      for (let i = start; i < start + count; i++) copyText(out, text, starts[rows[i]], ends[rows[i]]);
      return ENCODING.deltaLength;
    },
  };
}

/** Copies a few bytes by hand: `set` of a subarray costs more than a short string. */
function copyText(out: ByteWriter, text: Uint8Array, start: number, end: number): void {
  if (end - start > 64) out.append(text.subarray(start, end));
  else {
    const { bytes } = out;
    let to = out.length;
    for (let at = start; at < end; at++) bytes[to++] = text[at];
    out.length = to;
  }
}

function stringDictionary(strings: StringColumn, indices: Int32Array, entries: number): PageEncoder {
  const { text, starts, ends } = strings;
  const plain = new ByteWriter();
  for (let entry = 0; entry < entries; entry++) {
    const row = entryRows[entry];
    plain.uint32(ends[row] - starts[row]);
    plain.append(text.subarray(starts[row], ends[row]));
  }
  return {
    dictionary: { bytes: plain.written(), entries },
    compression: 'sampled',
    encode(out, start, count) {
      encodeIndices(out, indices, start, count, indexWidth(entries));
      return ENCODING.dictionary;
    },
  };
}
