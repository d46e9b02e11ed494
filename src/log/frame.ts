// The two headers of a log file. A segment is a header and frames; a frame is a header and one change.
//
//     segment header                                      frame header
//     0        8       12      16       24      28    32  0      4      8       12     16        24      28    32
//     ┌────────┬───────┬───────┬────────┬───────┬─────┐   ┌──────┬──────┬───────┬──────┬─────────┬───────┬─────┐
//     │"weirlog│version│  run  │ first  │   0   │ crc │   │header│ run  │payload│length│   seq   │ index │ op  │ payload …
//     │   \n"  │  u32  │  u32  │seq u64 │       │ u32 │   │ crc  │ u32  │ crc   │ u32  │   u64   │  u32  │ u32 │
//     └────────┴───────┴───────┴────────┴───────┴─────┘   └──────┴──────┴───────┴──────┴─────────┴───────┴─────┘
//
// `run` is a random number of the process that wrote the segment; it stands in every frame and seeds the payload's checksum,
// so that neither stored text that looks like a frame nor stale bytes of an older file pass for one. `index` counts the
// frames before this one that were not yet known to be durable when it was written: all before them were. That tells, after
// a crash, a frame that never arrived from one that was lost later. Payloads are a multiple of 8 long.
import { crc32 } from 'node:zlib';
import { type ByteViews, viewsOf } from './frame-buffer.ts';

export const FORMAT_VERSION = 1;
export const SEGMENT_HEADER_BYTES = 32;
export const FRAME_HEADER_BYTES = 32;
/** The longest payload that is written, and that a reader believes in. */
export const MAX_PAYLOAD_BYTES = 2 ** 30;

/** Values are part of the format. `lost`: a repair found the changes from this seq to `through` destroyed. */
export const OP = { write: 1, delete: 2, dropBucket: 3, barrier: 4, lost: 5 } as const;

const MAGIC = Buffer.from('weirlog\n', 'latin1');

export interface SegmentHeader {
  readonly run: number;
  readonly firstSeq: number;
}

export function encodeSegmentHeader(header: SegmentHeader): Uint8Array {
  const bytes = new Uint8Array(SEGMENT_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint32(8, FORMAT_VERSION, true);
  view.setUint32(12, header.run, true);
  view.setBigUint64(16, BigInt(header.firstSeq), true);
  view.setUint32(28, crc32(bytes.subarray(0, 28)), true);
  return bytes;
}

/** The header; what is wrong with it, when it is damaged; or its version alone, when that is none of ours. */
export function decodeSegmentHeader(
  bytes: Uint8Array,
): (SegmentHeader & { readonly version?: undefined }) | { readonly version: number } | string {
  if (bytes.length < SEGMENT_HEADER_BYTES) return `the segment header is cut short at ${bytes.length} bytes`;
  const view = new DataView(bytes.buffer, bytes.byteOffset, SEGMENT_HEADER_BYTES);
  if (crc32(bytes.subarray(0, 28)) !== view.getUint32(28, true)) return 'the segment header is damaged';
  if (MAGIC.compare(bytes, 0, 8) !== 0) return 'this is no segment of a log';
  const version = view.getUint32(8, true);
  if (version !== FORMAT_VERSION) return { version };
  return { run: view.getUint32(12, true), firstSeq: Number(view.getBigUint64(16, true)) };
}

/** Fills in the header of the frame whose payload is bytes [at + 32, end). */
export function sealFrame(
  views: ByteViews,
  at: number,
  end: number,
  run: number,
  seq: number,
  index: number,
  op: number,
): void {
  const { u8, u32 } = views;
  const word = at >> 2;
  u32[word + 1] = run;
  u32[word + 2] = crc32(u8.subarray(at + FRAME_HEADER_BYTES, end), run);
  u32[word + 3] = end - at - FRAME_HEADER_BYTES;
  u32[word + 4] = seq;
  u32[word + 5] = Math.floor(seq / 2 ** 32);
  u32[word + 6] = index;
  u32[word + 7] = op;
  u32[word] = crc32(u8.subarray(at + 4, at + FRAME_HEADER_BYTES));
}

/** Whether an intact header of a frame of this run stands at `at`, a multiple of 8, before `end`. */
export function isFrameHeader(views: ByteViews, at: number, end: number, run: number): boolean {
  if (at + FRAME_HEADER_BYTES > end) return false;
  const { u8, u32 } = views;
  const word = at >> 2;
  if (u32[word + 1] !== run || u32[word + 3] > MAX_PAYLOAD_BYTES || u32[word + 3] % 8 !== 0) return false;
  return u32[word] === crc32(u8.subarray(at + 4, at + FRAME_HEADER_BYTES));
}

/** Whether the whole payload of the frame, whose header is intact, stands before `end` and is intact. */
export function isPayloadIntact(views: ByteViews, at: number, end: number): boolean {
  const frameEnd = at + frameBytes(views, at);
  if (frameEnd > end) return false;
  const payload = views.u8.subarray(at + FRAME_HEADER_BYTES, frameEnd);
  return views.u32[(at >> 2) + 2] === crc32(payload, views.u32[(at >> 2) + 1]);
}

/** Header and payload together. */
export function frameBytes(views: ByteViews, at: number): number {
  return FRAME_HEADER_BYTES + views.u32[(at >> 2) + 3];
}

export function frameSeq(views: ByteViews, at: number): number {
  return views.u32[(at >> 2) + 5] * 2 ** 32 + views.u32[(at >> 2) + 4];
}

export function frameIndex(views: ByteViews, at: number): number {
  return views.u32[(at >> 2) + 6];
}

export function frameOp(views: ByteViews, at: number): number {
  return views.u32[(at >> 2) + 7];
}

/** The last seq that the intact frame at `at` accounts for: its own, but for a `lost` frame. */
export function frameLastSeq(views: ByteViews, at: number): number {
  return frameOp(views, at) === OP.lost ? views.f64[(at + FRAME_HEADER_BYTES) >> 3] : frameSeq(views, at);
}

/** The frame that says: changes [fromSeq, throughSeq] are gone for good. */
export function encodeLostFrame(run: number, fromSeq: number, throughSeq: number): Uint8Array {
  const views = viewsOf(new ArrayBuffer(FRAME_HEADER_BYTES + 8));
  views.f64[FRAME_HEADER_BYTES >> 3] = throughSeq;
  sealFrame(views, 0, FRAME_HEADER_BYTES + 8, run, fromSeq, 0, OP.lost);
  return views.u8;
}
