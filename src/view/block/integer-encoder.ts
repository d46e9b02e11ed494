// Times, versions and integer fields: differences, or a dictionary where few distinct values jump about.
import { ByteWriter } from './byte-writer.ts';
import { compress } from './compression.ts';
import { encodeDelta, fitsDelta } from './delta.ts';
import { MAX_DICTIONARY, indexNumbers, indexWidth } from './dictionary.ts';
import { type PageEncoder, type TrialPage, encodeIndices, reserveIndices } from './page-encoder.ts';
import { ENCODING } from './parquet-columns.ts';

/** Bits a value: pages of bytes that zstd does not bring below this are stored as they are. */
const WORTH_A_BYTE = 0.8 * 8;

const COMPRESSION = { plain: 'sampled', patterned: 'each page', compact: 'any smaller' } as const;

const trialOut = new ByteWriter();
const entryBits = new Int32Array(2 * MAX_DICTIONARY);

/** As many entries as a byte counts. */
const BYTE_ENTRIES = 256;

/**
 * For the exact integers `base + values[0 .. count)`. `patterned` columns (times, versions) repeat the same steps series
 * after series: there the trial compares sizes after zstd. So it does where a `compact` block is wanted, and there indices
 * may take a byte each, which zstd packs by how often each entry comes.
 */
export function integerEncoder(
  values: Float64Array,
  count: number,
  base: bigint,
  trial: TrialPage,
  kind: keyof typeof COMPRESSION,
): PageEncoder {
  const tried = kind !== 'plain';
  const compression = COMPRESSION[kind];
  const delta = deltaEncoder(values, base, compression);
  trialOut.clear();
  delta.encode(trialOut, trial.start, trial.count);
  const deltaBits = (8 * trialOut.length) / trial.count;
  if (deltaBits < 2) return delta;
  const indices = reserveIndices(count);
  const bits = new Int32Array(values.buffer, values.byteOffset, 2 * count);
  const most = 2 ** Math.floor(0.8 * deltaBits);
  const limit = Math.min(MAX_DICTIONARY, count >> 2, kind === 'compact' ? Math.max(BYTE_ENTRIES, most) : most);
  const entries = indexNumbers(bits, count, indices, entryBits, limit);
  if (entries < 0 || spanOf(new Float64Array(entryBits.buffer, 0, entries)) > Number.MAX_SAFE_INTEGER) return delta;
  const deltaCost = tried ? (8 * compress(trialOut.written()).length) / trial.count : deltaBits;
  let width = indexWidth(entries);
  let indexCost = width;
  if (tried) indexCost = packedIndexCost(indices, trial, width);
  if (kind === 'compact' && entries <= BYTE_ENTRIES) {
    const byteCost = packedIndexCost(indices, trial, 8);
    if (byteCost < Math.min(indexCost, WORTH_A_BYTE)) [width, indexCost] = [8, byteCost];
  }
  if (indexCost + (64 * entries) / count > 0.8 * deltaCost) return delta;
  return dictionaryEncoder(indices, entries, width, base, compression);
}

/** Bits a value after zstd. */
function packedIndexCost(indices: Int32Array, trial: TrialPage, width: number): number {
  trialOut.clear();
  encodeIndices(trialOut, indices, trial.start, trial.count, width);
  return (8 * compress(trialOut.written()).length) / trial.count;
}

/** Readers count times from one entry of the dictionary: that must be exact. */
function spanOf(entries: Float64Array): number {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (const entry of entries) {
    if (entry < least) least = entry;
    if (entry > greatest) greatest = entry;
  }
  return greatest - least;
}

function deltaEncoder(values: Float64Array, base: bigint, compression: PageEncoder['compression']): PageEncoder {
  return {
    dictionary: null,
    compression,
    encode(out, start, count) {
      if (!fitsDelta(values, start, count)) {
        encodePlain(out, values, start, count, base);
        return ENCODING.plain;
      }
      encodeDelta(out, values, start, count, base);
      return ENCODING.delta;
    },
  };
}

function encodePlain(out: ByteWriter, values: Float64Array, start: number, count: number, base: bigint): void {
  const plain = new BigInt64Array(count);
  for (let i = 0; i < count; i++) plain[i] = base + BigInt(values[start + i]);
  out.append(new Uint8Array(plain.buffer));
}

function dictionaryEncoder(
  indices: Int32Array,
  entries: number,
  width: number,
  base: bigint,
  compression: PageEncoder['compression'],
): PageEncoder {
  const numbers = new Float64Array(entryBits.buffer, 0, entries);
  const plain = BigInt64Array.from(numbers, (value) => base + BigInt(value));
  return {
    dictionary: { bytes: new Uint8Array(plain.buffer), entries },
    compression,
    encode(out, start, count) {
      encodeIndices(out, indices, start, count, width);
      return ENCODING.dictionary;
    },
  };
}

const narrow = { values: new Float64Array(0) };

/** Integers of which some are beyond ±(2^53 - 1). Pages that stay within 2^52 of each other are differences all the same. */
export function wideEncoder(values: BigInt64Array, count: number, unsigned: boolean): PageEncoder {
  const indices = reserveIndices(count);
  const bits = new Int32Array(values.buffer, values.byteOffset, 2 * count);
  const entries = indexNumbers(bits, count, indices, entryBits, Math.min(4096, count >> 3));
  if (entries >= 0) return wideDictionary(indices, entries);
  return {
    dictionary: null,
    compression: 'sampled',
    encode(out, start, size) {
      const { min, max } = wideBounds(values, start, size, unsigned);
      if (max - min >= 2n ** 52n) {
        out.append(new Uint8Array(values.buffer, values.byteOffset + 8 * start, 8 * size));
        return ENCODING.plain;
      }
      if (narrow.values.length < size) narrow.values = new Float64Array(size);
      for (let i = 0; i < size; i++) narrow.values[i] = Number(BigInt.asIntN(64, values[start + i] - min));
      encodeDelta(out, narrow.values, 0, size, BigInt.asIntN(64, min));
      return ENCODING.delta;
    },
  };
}

function wideDictionary(indices: Int32Array, entries: number): PageEncoder {
  return {
    dictionary: { bytes: new Uint8Array(entryBits.buffer, 0, 8 * entries).slice(), entries },
    compression: 'sampled',
    encode(out, start, count) {
      encodeIndices(out, indices, start, count, indexWidth(entries));
      return ENCODING.dictionary;
    },
  };
}

/** Least and greatest, compared as the type does. */
export function wideBounds(
  values: BigInt64Array,
  start: number,
  count: number,
  unsigned: boolean,
): { min: bigint; max: bigint } {
  const compared = unsigned ? new BigUint64Array(values.buffer, values.byteOffset, values.length) : values;
  let min = compared[start];
  let max = min;
  for (let i = start + 1; i < start + count; i++) {
    const value = compared[i];
    if (value < min) min = value;
    else if (value > max) max = value;
  }
  return { min, max };
}
