// The timestamps of a block: the first one, then what each adds to the one before.
//
//     bits 7..4 of the first byte    0: first i64, deltas u64 …
//                                    1: first i64, deltas as Simple8b          in units of 10^(bits 3..0) ns
//                                    2: first i64, delta varint, count varint  in units of 10^(bits 3..0) ns
import { damaged } from '../damage.ts';
import { countSimple8b, unpackSimple8b, unpackWideSimple8b } from './simple8b.ts';
import { readVarint, readWideVarint } from './varint.ts';

/** InfluxDB's own blocks have 1000 values at most; more than this is taken for damage, as it would have to fit memory. */
export const MAX_BLOCK_VALUES = 1 << 22;
/** Offsets stay well within what Float64 has exactly, so that they can be counted from another base too. */
export const MAX_OFFSET_NS = 2 ** 52;

const RAW = 0;
const PACKED = 1;
const REPEATED = 2;
const FIRST_END = 9;

/** Ascending; equal neighbours are possible. */
export interface BlockTimes {
  readonly count: number;
  readonly firstNs: bigint;
  readonly lastNs: bigint;
  /** Row r is at `firstNs + offsets[r]`; null when the block spans more than `MAX_OFFSET_NS`. */
  readonly offsets: Float64Array | null;
  /** In that case the times themselves. */
  readonly wide: BigInt64Array | null;
  /** Whether some time stands there twice. */
  readonly hasTies: boolean;
}

/** How many timestamps bytes[start .. end) hold. Throws `corrupt`, as does the next. */
export function countTimes(bytes: DataView, start: number, end: number): number {
  if (end - start < FIRST_END) throw damaged(`timestamps in ${end - start} bytes`);
  const count = countIn(bytes, start, end);
  if (count < 1 || count > MAX_BLOCK_VALUES) throw damaged(`a block of ${count} timestamps`);
  return count;
}

export function decodeTimes(bytes: DataView, start: number, end: number): BlockTimes {
  const count = countTimes(bytes, start, end);
  const firstNs = bytes.getBigInt64(start + 1);
  const offsets = new Float64Array(count);
  if (decodeOffsets(bytes, start, end, offsets)) return timesOf(firstNs, offsets);
  return wideTimes(decodeWide(bytes, start, end, count));
}

/** Times `firstNs + offsets[row]`: offsets must ascend from 0. */
function timesOf(firstNs: bigint, offsets: Float64Array): BlockTimes {
  let hasTies = false;
  for (let row = 1; row < offsets.length; row++) if (offsets[row] === offsets[row - 1]) hasTies = true;
  const lastNs = firstNs + BigInt(offsets[offsets.length - 1]);
  return { count: offsets.length, firstNs, lastNs, offsets, wide: null, hasTies };
}

function wideTimes(wide: BigInt64Array): BlockTimes {
  let hasTies = false;
  for (let row = 1; row < wide.length; row++) if (wide[row] === wide[row - 1]) hasTies = true;
  return { count: wide.length, firstNs: wide[0], lastNs: wide[wide.length - 1], offsets: null, wide, hasTies };
}

/** The same for times, at least one, that ascend. */
export function ascendingTimes(times: BigInt64Array): BlockTimes {
  const firstNs = times[0];
  if (times[times.length - 1] - firstNs > MAX_OFFSET_NS) return wideTimes(times);
  const offsets = new Float64Array(times.length);
  for (let row = 0; row < times.length; row++) offsets[row] = Number(times[row] - firstNs);
  return timesOf(firstNs, offsets);
}

function countIn(bytes: DataView, start: number, end: number): number {
  const encoding = bytes.getUint8(start) >> 4;
  if (encoding === RAW) {
    if ((end - start - 1) % 8 !== 0) throw damaged(`timestamps in ${end - start - 1} bytes`);
    return (end - start - 1) / 8;
  }
  if (encoding === PACKED) return 1 + countSimple8b(bytes, start + FIRST_END, end);
  if (encoding !== REPEATED) throw damaged(`unknown encoding ${encoding} of timestamps`);
  const all = plainBytes(bytes);
  return readVarint(all, readWideVarint(all, start + FIRST_END, end).end, end).value;
}

/** False when an offset is beyond `MAX_OFFSET_NS`, or times do not ascend. */
function decodeOffsets(bytes: DataView, start: number, end: number, out: Float64Array): boolean {
  const encoding = bytes.getUint8(start) >> 4;
  const scale = 10 ** (bytes.getUint8(start) & 15);
  if (encoding === REPEATED) {
    const delta = readWideVarint(plainBytes(bytes), start + FIRST_END, end).value * BigInt(scale);
    if (delta * BigInt(out.length) > MAX_OFFSET_NS) return false;
    const step = Number(delta);
    for (let row = 1; row < out.length; row++) out[row] = row * step;
    return true;
  }
  if (encoding === PACKED) {
    return unpackSimple8b(bytes, start + FIRST_END, end, out, 1) && sumUp(out, scale);
  }
  for (let row = 1, at = start + FIRST_END; row < out.length; row++, at += 8) {
    out[row] = bytes.getUint32(at) * 2 ** 32 + bytes.getUint32(at + 4);
  }
  return sumUp(out, 1);
}

function sumUp(deltas: Float64Array, scale: number): boolean {
  let sum = 0;
  for (let row = 1; row < deltas.length; row++) {
    sum += deltas[row] * scale;
    deltas[row] = sum;
  }
  // All deltas are positive: if the last sum is exact, so were those before.
  return sum <= MAX_OFFSET_NS;
}

function decodeWide(bytes: DataView, start: number, end: number, count: number): BigInt64Array {
  const encoding = bytes.getUint8(start) >> 4;
  const scale = encoding === RAW ? 1n : 10n ** BigInt(bytes.getUint8(start) & 15);
  const deltas = new BigUint64Array(count);
  if (encoding === REPEATED) deltas.fill(readWideVarint(plainBytes(bytes), start + FIRST_END, end).value, 1);
  else if (encoding === PACKED) unpackWideSimple8b(bytes, start + FIRST_END, end, deltas, 1);
  else for (let row = 1; row < count; row++) deltas[row] = bytes.getBigUint64(start + 1 + 8 * row);
  const times = new BigInt64Array(count);
  times[0] = bytes.getBigInt64(start + 1);
  for (let row = 1; row < count; row++) {
    // Sums wrap as Go's do, so a time before its neighbour shows as such.
    times[row] = BigInt.asIntN(64, times[row - 1] + deltas[row] * scale);
    if (times[row] < times[row - 1]) throw damaged('timestamps do not ascend');
  }
  return times;
}

function plainBytes(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
