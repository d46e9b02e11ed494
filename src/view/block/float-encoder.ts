// Float fields: a dictionary where values repeat (two digits after the point make ten thousand of them), else plain or split
// into byte streams, whichever zstd makes smaller, else plain as it is.
import { splitBytes } from './byte-split.ts';
import { ByteWriter } from './byte-writer.ts';
import { compress } from './compression.ts';
import { MAX_DICTIONARY, indexNumbers, indexWidth } from './dictionary.ts';
import { type PageEncoder, type TrialPage, encodeIndices, reserveIndices } from './page-encoder.ts';
import { ENCODING } from './parquet-columns.ts';

/** A page that zstd cannot bring below this stays plain: it decodes ten times as fast. */
const WORTH = 0.8;
const TRIAL_VALUES = 2048;

const trialOut = new ByteWriter();
const entryBits = new Int32Array(2 * MAX_DICTIONARY);

/** `compact`: so long as it is smaller, it may decode as slowly as it likes. */
export function floatEncoder(values: Float64Array, count: number, trial: TrialPage, compact: boolean): PageEncoder {
  const indices = reserveIndices(count);
  const bits = new Int32Array(values.buffer, values.byteOffset, 2 * count);
  const entries = indexNumbers(bits, count, indices, entryBits, Math.min(MAX_DICTIONARY, Math.max(1, count >> 1)));
  const plain = { start: trial.start, count: Math.min(trial.count, TRIAL_VALUES) };
  const plainCost = trialCost(plainEncoder(values, 'each page'), plain);
  const splitCost = trialCost(splitEncoder(values, 'each page'), plain);
  const best = Math.min(plainCost, splitCost);
  // A dictionary decodes several times faster than zstd: it may be larger.
  if (entries >= 0 && indexWidth(entries) + (64 * entries) / count < (compact ? 1 : 1.5) * best)
    return floatDictionary(indices, entries);
  if (compact) return splitCost < plainCost ? splitEncoder(values, 'any smaller') : plainEncoder(values, 'any smaller');
  if (best > WORTH * 64) return plainEncoder(values, 'never');
  return splitCost < 0.9 * plainCost ? splitEncoder(values, 'each page') : plainEncoder(values, 'each page');
}

/** Bits a value after zstd. */
function trialCost(encoder: PageEncoder, trial: TrialPage): number {
  trialOut.clear();
  encoder.encode(trialOut, trial.start, trial.count);
  return (8 * compress(trialOut.written()).length) / trial.count;
}

function plainEncoder(values: Float64Array, compression: PageEncoder['compression']): PageEncoder {
  return {
    dictionary: null,
    compression,
    encode(out, start, count) {
      out.append(new Uint8Array(values.buffer, values.byteOffset + 8 * start, 8 * count));
      return ENCODING.plain;
    },
  };
}

function splitEncoder(values: Float64Array, compression: PageEncoder['compression']): PageEncoder {
  return {
    dictionary: null,
    compression,
    encode(out, start, count) {
      out.reserve(8 * count);
      splitBytes(new Uint8Array(values.buffer, values.byteOffset), 8 * start, out.bytes, out.length, count);
      out.length += 8 * count;
      return ENCODING.byteSplit;
    },
  };
}

function floatDictionary(indices: Int32Array, entries: number): PageEncoder {
  return {
    dictionary: { bytes: new Uint8Array(entryBits.buffer, 0, 8 * entries).slice(), entries },
    compression: 'sampled',
    encode(out, start, count) {
      encodeIndices(out, indices, start, count, indexWidth(entries));
      return ENCODING.dictionary;
    },
  };
}
