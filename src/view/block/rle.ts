// Parquet's RLE / bit-packing hybrid: dictionary indices, booleans, and which rows have a value.
//
//     run of equal values:   varint(count << 1)        value in ceil(width / 8) bytes
//     packed values:         varint(groups << 1 | 1)   8 × groups values of `width` bits, least significant first
import { WeirError } from '../../base/index.ts';
import { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { packBits, unpackBits } from './bit-pack.ts';

/** Shorter runs are packed along with their neighbours. */
const LEAST_RUN = 8;

/** Appends values[start .. start + count), each below 2^width; width 1..24. */
export function encodeHybrid(
  out: ByteWriter,
  values: Int32Array | Uint8Array,
  start: number,
  count: number,
  width: number,
): void {
  const end = start + count;
  let packedFrom = start;
  let at = start;
  while (at < end) {
    const value = values[at];
    let next = at + 1;
    while (next < end && values[next] === value) next++;
    // Packed values come in eights: the run first fills up the eight that is open.
    const fill = -(at - packedFrom) & 7;
    if (next - at - fill >= LEAST_RUN) {
      packGroups(out, values, packedFrom, at + fill - packedFrom, width);
      writeRun(out, value, next - at - fill, width);
      packedFrom = next;
    }
    at = next;
  }
  packGroups(out, values, packedFrom, end - packedFrom, width);
}

function packGroups(
  out: ByteWriter,
  values: Int32Array | Uint8Array,
  start: number,
  count: number,
  width: number,
): void {
  if (count === 0) return;
  const groups = Math.ceil(count / 8);
  out.varint(groups * 2 + 1);
  out.reserve(groups * width + 4);
  if (count === 8 * groups) packBits(out.bytes, out.length, values, start, count, width);
  else {
    const whole = 8 * (groups - 1);
    packBits(out.bytes, out.length, values, start, whole, width);
    last8.fill(0);
    for (let i = whole; i < count; i++) last8[i - whole] = values[start + i];
    packBits(out.bytes, out.length + (groups - 1) * width, last8, 0, 8, width);
  }
  out.length += groups * width;
}

const last8 = new Int32Array(8);

function writeRun(out: ByteWriter, value: number, count: number, width: number): void {
  out.varint(count * 2);
  out.byte(value);
  if (width > 8) out.byte(value >>> 8);
  if (width > 16) out.byte(value >>> 16);
}

/** Appends runs that are known as such: run i has `lengths[i]` rows of `values[i]`. The cheap way for tags. */
export function encodeRuns(
  out: ByteWriter,
  values: Int32Array,
  starts: Uint32Array,
  runCount: number,
  width: number,
): void {
  const open = new Int32Array(8 * 512);
  let opened = 0;
  for (let run = 0; run < runCount; ) {
    const value = values[run];
    let next = run + 1;
    while (next < runCount && values[next] === value) next++;
    let length = starts[next] - starts[run];
    const fill = Math.min(length, -opened & 7);
    open.fill(value, opened, opened + fill);
    opened += fill;
    length -= fill;
    if (length >= LEAST_RUN || opened === open.length) {
      packGroups(out, open, 0, opened, width);
      opened = 0;
    }
    if (length >= LEAST_RUN) writeRun(out, value, length, width);
    else {
      open.fill(value, opened, opened + length);
      opened += length;
    }
    run = next;
  }
  packGroups(out, open, 0, opened, width);
}

/** Decodes `count` values into out[0 .. count), which has room for 7 more. The bytes must have slack (`withSlack`). */
export function decodeHybrid(bytes: Uint8Array, offset: number, width: number, out: Int32Array, count: number): void {
  const reader = new ByteReader(bytes, offset);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = 0; at < count; ) {
    const head = runHead(reader);
    if (head % 2 === 1) {
      const groups = (head - 1) / 2;
      const take = Math.min(8 * groups, (count - at + 7) & ~7);
      unpackBits(view, reader.offset, width, take, out, at);
      reader.offset += groups * width;
      at += 8 * groups;
    } else {
      let value = reader.byte();
      if (width > 8) value |= reader.byte() << 8;
      if (width > 16) value |= reader.byte() << 16;
      const length = head / 2;
      out.fill(value, at, Math.min(count, at + length));
      at += length;
    }
    reader.assertInside();
  }
}

/** An empty run would never end. */
function runHead(reader: ByteReader): number {
  const head = reader.varint();
  if (head < 2) throw new WeirError('corrupt', 'an empty run');
  return head;
}

/** The same for a width of 1, without need of slack or room. */
export function decodeBits(bytes: Uint8Array, offset: number, out: Uint8Array, count: number): void {
  const reader = new ByteReader(bytes, offset);
  for (let at = 0; at < count; ) {
    const head = runHead(reader);
    const length = head % 2 === 1 ? 4 * (head - 1) : head / 2;
    const end = Math.min(count, at + length);
    if (head % 2 === 0) out.fill(reader.byte(), at, end);
    else {
      unpackFlags(bytes, reader.offset, out, at, end);
      reader.offset += length / 8;
    }
    at += length;
    reader.assertInside();
  }
}

function unpackFlags(bytes: Uint8Array, from: number, out: Uint8Array, start: number, end: number): void {
  let at = start;
  let byteAt = from;
  for (; at + 8 <= end; at += 8) {
    const byte = bytes[byteAt++];
    out[at] = byte & 1;
    out[at + 1] = (byte >> 1) & 1;
    out[at + 2] = (byte >> 2) & 1;
    out[at + 3] = (byte >> 3) & 1;
    out[at + 4] = (byte >> 4) & 1;
    out[at + 5] = (byte >> 5) & 1;
    out[at + 6] = (byte >> 6) & 1;
    out[at + 7] = byte >> 7;
  }
  for (let bit = 0; at < end; bit++) out[at++] = (bytes[byteAt] >> bit) & 1;
}
