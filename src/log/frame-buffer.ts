// A growing run of bytes, seen at once as bytes, shorts, ints, doubles and int64s. Everything in a frame starts at a
// multiple of 8, so whole columns move in and out with `set` and plain loops instead of one DataView call a value.
import { assert } from '../base/index.ts';

// The layout on disk is little-endian, and so is every machine that Node has been built for in years.
assert(new Uint8Array(new Uint32Array([1]).buffer)[0] === 1, 'the log needs a little-endian machine');

/** The same bytes through arrays of different element sizes: `u32[at >> 2]` is the int at byte `at`. */
export interface ByteViews {
  readonly u8: Uint8Array<ArrayBuffer>;
  readonly u16: Uint16Array<ArrayBuffer>;
  readonly u32: Uint32Array<ArrayBuffer>;
  readonly f64: Float64Array<ArrayBuffer>;
  readonly i64: BigInt64Array<ArrayBuffer>;
}

/** `buffer` must be a multiple of 8 long. */
export function viewsOf(buffer: ArrayBuffer): ByteViews {
  return {
    u8: new Uint8Array(buffer),
    u16: new Uint16Array(buffer),
    u32: new Uint32Array(buffer),
    f64: new Float64Array(buffer),
    i64: new BigInt64Array(buffer),
  };
}

export function align8(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

/** Bytes that are being written. `views` changes when `reserve` lets the buffer grow: take it again afterwards. */
export class FrameBuffer {
  #views: ByteViews;
  readonly #keptBytes: number;
  /** Bytes in use. Sections are written at this position and move it on by a multiple of 8. */
  length = 0;

  /** `keptBytes`: a buffer that grew beyond this is let go by `clear`. */
  constructor(initialBytes: number, keptBytes: number) {
    this.#views = viewsOf(new ArrayBuffer(align8(initialBytes)));
    this.#keptBytes = align8(keptBytes);
  }

  get views(): ByteViews {
    return this.#views;
  }

  /** Makes room for so many more bytes and returns the views that have it. */
  reserve(bytes: number): ByteViews {
    const needed = this.length + bytes;
    const capacity = this.#views.u8.length;
    if (needed > capacity) {
      const grown = viewsOf(new ArrayBuffer(align8(Math.max(needed, 2 * capacity))));
      grown.u8.set(this.#views.u8.subarray(0, this.length));
      this.#views = grown;
    }
    return this.#views;
  }

  /** Appends bytes, and zeros up to the next multiple of 8. */
  put(bytes: Uint8Array): void {
    const { u8 } = this.reserve(align8(bytes.length));
    u8.set(bytes, this.length);
    this.finish(this.length + bytes.length);
  }

  /** Appends text as UTF-8 (`byteLength` bytes, see `utf8Length`) and zeros up to the next multiple of 8. */
  putText(text: string, byteLength: number): void {
    const { u8 } = this.reserve(align8(byteLength));
    const at = this.length;
    if (byteLength === text.length) for (let i = 0; i < byteLength; i++) u8[at + i] = text.charCodeAt(i);
    else Buffer.from(u8.buffer).write(text, at, byteLength, 'utf8');
    this.finish(at + byteLength);
  }

  /** Ends a section whose last byte was written before `end`: zeros the gap to the next multiple of 8 and goes there. */
  finish(end: number): void {
    const { u8 } = this.#views;
    const next = align8(end);
    for (let at = end; at < next; at++) u8[at] = 0;
    this.length = next;
  }

  clear(): void {
    this.length = 0;
    if (this.#views.u8.length > this.#keptBytes) this.#views = viewsOf(new ArrayBuffer(this.#keptBytes));
  }

  /** The bytes [start, length) as they stand, not a copy. */
  bytes(start = 0): Uint8Array {
    return this.#views.u8.subarray(start, this.length);
  }
}

/** Bytes of the text as UTF-8; equal to its length just when it is ASCII. */
export function utf8Length(text: string): number {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return Buffer.byteLength(text, 'utf8');
  return text.length;
}
