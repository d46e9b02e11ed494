// Columns of numbers in as few bytes as hold them exactly. Integers become offsets from the least of them; what does not
// fit into 32 bits, or is no integer, stays as it is: eight bytes of Float64 with every bit kept.
//
//      0         8         12        16                     padded to 8
//      ┌─────────┬─────────┬─────────┬────────────────────────┐
//      │ base f64│scale u32│width u32│ offsets: count × width │   value = base + scale * offset
//      └─────────┴─────────┴─────────┴────────────────────────┘   width 0: all are `base`; width 8: raw Float64
//
// `scale` is 1 but for times, which mostly come in whole seconds, milliseconds or microseconds.
import { type ByteViews, type FrameBuffer, align8 } from './frame-buffer.ts';

const HEADER_BYTES = 16;
const MAX_OFFSET = 2 ** 32 - 1;
/** Nanoseconds in a second, a millisecond and a microsecond. */
const TIME_SCALES = [1e9, 1e6, 1e3] as const;

/** Appends values[0 .. count). */
export function putNumbers(out: FrameBuffer, values: Float64Array, count: number): void {
  if (!findBounds(values, count, bounds)) return putRaw(out, values, count);
  const span = bounds[1] - bounds[0];
  if (span > MAX_OFFSET) return putRaw(out, values, count);
  putOffsets(out, values, count, bounds[0], span, bounds[0], 1);
}

/** The same for offsets of nanoseconds: integers below 2^53 in magnitude. */
export function putTimes(out: FrameBuffer, values: Float64Array, count: number): void {
  if (!findBounds(values, count, bounds)) return putRaw(out, values, count);
  const base = bounds[0];
  const span = bounds[1] - base;
  if (span > Number.MAX_SAFE_INTEGER) return putRaw(out, values, count);
  const scale = span === 0 ? 1 : (TIME_SCALES.find((each) => divides(each, values, count, base)) ?? 1);
  if (span / scale > MAX_OFFSET) return putRaw(out, values, count);
  if (scale === 1) return putOffsets(out, values, count, base, span, base, 1);
  if (scaled.length < count) scaled = new Float64Array(2 * count);
  scaleDown(values, count, base, scale, scaled);
  putOffsets(out, scaled, count, 0, span / scale, base, scale);
}

/** Bytes of the column at `at`, or -1 when what stands there cannot be one. Nothing beyond `end` is looked at. */
export function packedSize(views: ByteViews, at: number, end: number, count: number): number {
  if (at + HEADER_BYTES > end) return -1;
  const width = views.u32[(at >> 2) + 3];
  if (width !== 0 && width !== 1 && width !== 2 && width !== 4 && width !== 8) return -1;
  const size = HEADER_BYTES + align8(count * width);
  return at + size > end ? -1 : size;
}

/** Reads the column at `at`, of which `packedSize` has approved, into out[0 .. count). */
export function takeNumbers(views: ByteViews, at: number, count: number, out: Float64Array): void {
  const base = views.f64[at >> 3];
  const scale = views.u32[(at >> 2) + 2];
  const width = views.u32[(at >> 2) + 3];
  const from = at + HEADER_BYTES;
  if (width === 0) out.fill(base, 0, count);
  else if (width === 1) takeBytes(views.u8, from, count, base, scale, out);
  else if (width === 2) takeShorts(views.u16, from >> 1, count, base, scale, out);
  else if (width === 4) takeInts(views.u32, from >> 2, count, base, scale, out);
  else out.set(views.f64.subarray(from >> 3, (from >> 3) + count));
}

/** Least and greatest value of the column scanned last. Kept here so that a scan need not return an object. */
const bounds = new Float64Array(2);

/** Fills `into` with the least and the greatest value; false when some value is no integer (or is -0). */
function findBounds(values: Float64Array, count: number, into: Float64Array): boolean {
  let least = Infinity;
  let most = -Infinity;
  for (let i = 0; i < count; i++) {
    const value = values[i];
    if (value < least) least = value;
    if (value > most) most = value;
    if (value === 0) {
      if (1 / value < 0) return false;
    } else if (Math.floor(value) !== value) return false;
  }
  into[0] = least;
  into[1] = most;
  // Beyond 2^53 neighbours differ by more than one, and base + offset would round. Also fails for infinities.
  return count > 0 && least >= -Number.MAX_SAFE_INTEGER && most <= Number.MAX_SAFE_INTEGER;
}

/** Whether base + scale * ((value - base) / scale) is `value` for all of them. */
function divides(scale: number, values: Float64Array, count: number, base: number): boolean {
  for (let i = 0; i < count; i++) {
    const offset = values[i] - base;
    const whole = Math.floor(offset / scale);
    if (whole * scale !== offset) return false;
  }
  return true;
}

/** Appends the differences of the values to `least`, none of them over `span`, as offsets from `base`. */
function putOffsets(
  out: FrameBuffer,
  values: Float64Array,
  count: number,
  least: number,
  span: number,
  base: number,
  scale: number,
): void {
  const width = span === 0 ? 0 : span <= 0xff ? 1 : span <= 0xffff ? 2 : 4;
  const views = out.reserve(HEADER_BYTES + align8(count * width));
  const from = putHeader(out, views, base, scale, width);
  if (width === 1) putBytes(values, count, least, views.u8, from);
  else if (width === 2) putShorts(values, count, least, views.u16, from >> 1);
  else if (width === 4) putInts(values, count, least, views.u32, from >> 2);
  out.finish(from + count * width);
}

function putRaw(out: FrameBuffer, values: Float64Array, count: number): void {
  const views = out.reserve(HEADER_BYTES + count * 8);
  const from = putHeader(out, views, 0, 1, 8);
  views.f64.set(values.subarray(0, count), from >> 3);
  out.length = from + count * 8;
}

function putHeader(out: FrameBuffer, views: ByteViews, base: number, scale: number, width: number): number {
  const at = out.length;
  views.f64[at >> 3] = base;
  views.u32[(at >> 2) + 2] = scale;
  views.u32[(at >> 2) + 3] = width;
  return at + HEADER_BYTES;
}

/** Times in units of `scale`. In use only within `putTimes`. */
let scaled = new Float64Array(16 * 1024);

function scaleDown(values: Float64Array, count: number, base: number, scale: number, out: Float64Array): void {
  for (let i = 0; i < count; i++) out[i] = (values[i] - base) / scale;
}

// One loop a width, so that each sees arrays of one kind only.

function putBytes(values: Float64Array, count: number, least: number, out: Uint8Array, at: number): void {
  for (let i = 0; i < count; i++) out[at + i] = values[i] - least;
}

function putShorts(values: Float64Array, count: number, least: number, out: Uint16Array, at: number): void {
  for (let i = 0; i < count; i++) out[at + i] = values[i] - least;
}

function putInts(values: Float64Array, count: number, least: number, out: Uint32Array, at: number): void {
  for (let i = 0; i < count; i++) out[at + i] = values[i] - least;
}

function takeBytes(from: Uint8Array, at: number, count: number, base: number, scale: number, out: Float64Array): void {
  for (let i = 0; i < count; i++) out[i] = base + scale * from[at + i];
}

function takeShorts(
  from: Uint16Array,
  at: number,
  count: number,
  base: number,
  scale: number,
  out: Float64Array,
): void {
  for (let i = 0; i < count; i++) out[i] = base + scale * from[at + i];
}

function takeInts(from: Uint32Array, at: number, count: number, base: number, scale: number, out: Float64Array): void {
  for (let i = 0; i < count; i++) out[i] = base + scale * from[at + i];
}
