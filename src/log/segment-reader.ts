// Walks the frames of a segment, reading it in large pieces. A frame that straddles two pieces is moved once; all others are
// decoded where they were read to.
//
//     file   ──┬────────┬─────┬──────────────┬───────┬──
//     buffer   │        │     │ at ►         │ nextAt► (cut) │
import { type ByteViews, align8, viewsOf } from './frame-buffer.ts';
import { FRAME_HEADER_BYTES, SEGMENT_HEADER_BYTES, frameBytes, isFrameHeader, isPayloadIntact } from './frame.ts';
import type { LogFiles } from './log-files.ts';

const PIECE_BYTES = 4 * 1024 * 1024;

export class SegmentReader {
  readonly #files: LogFiles;
  readonly #file: number;
  readonly #run: number;
  #endBytes: number;
  #views: ByteViews = viewsOf(new ArrayBuffer(0));
  /** Where in the file the buffer starts, how much of it is filled, and where in it the next frame starts. */
  #startBytes: number;
  #filled = 0;
  #nextAt = 0;
  #at = 0;
  /** Bytes that the next frame needs in one buffer. */
  #wanted = FRAME_HEADER_BYTES;

  /** Frames of `run` between two positions of the file, which stays the caller's to close. */
  constructor(files: LogFiles, file: number, run: number, endBytes: number, startBytes = SEGMENT_HEADER_BYTES) {
    this.#files = files;
    this.#file = file;
    this.#run = run;
    this.#startBytes = startBytes;
    this.#endBytes = endBytes;
  }

  /** The frame that `next` found: valid until `fill`. */
  get views(): ByteViews {
    return this.#views;
  }

  get at(): number {
    return this.#at;
  }

  /** Position in the file of that frame. */
  get offset(): number {
    return this.#startBytes + this.#at;
  }

  /** Position in the file of the frame after it, or of what is bad. */
  get nextOffset(): number {
    return this.#startBytes + this.#nextAt;
  }

  /** Goes on to the next frame. `more`: call `fill`, then again. `bad`: what comes is no intact frame; there it stays. */
  next(): 'frame' | 'more' | 'end' | 'bad' {
    const at = this.#nextAt;
    const available = this.#filled - at;
    const isLast = this.#startBytes + this.#filled >= this.#endBytes;
    if (isLast && available === 0) return 'end';
    this.#wanted = FRAME_HEADER_BYTES;
    if (available < FRAME_HEADER_BYTES) return isLast ? 'bad' : 'more';
    if (!isFrameHeader(this.#views, at, this.#filled, this.#run)) return 'bad';
    const bytes = frameBytes(this.#views, at);
    if (bytes > this.#endBytes - this.nextOffset) return 'bad';
    if (bytes > available) {
      this.#wanted = bytes;
      return 'more';
    }
    if (!isPayloadIntact(this.#views, at, this.#filled)) return 'bad';
    this.#at = at;
    this.#nextAt = at + bytes;
    return 'frame';
  }

  /** Reads the next piece. */
  async fill(): Promise<void> {
    const kept = this.#filled - this.#nextAt;
    const left = this.#endBytes - this.nextOffset;
    const capacity = align8(Math.max(this.#wanted, Math.min(PIECE_BYTES, left)));
    let views = this.#views;
    if (capacity > views.u8.length) {
      views = viewsOf(new ArrayBuffer(capacity));
      views.u8.set(this.#views.u8.subarray(this.#nextAt, this.#filled));
    } else views.u8.copyWithin(0, this.#nextAt, this.#filled);
    this.#views = views;
    this.#startBytes += this.#nextAt;
    this.#nextAt = 0;
    this.#filled = kept;
    const target = Math.min(views.u8.length, left);
    while (this.#filled < target) {
      const position = this.#startBytes + this.#filled;
      const count = await this.#files.read(this.#file, views.u8, this.#filled, target, position);
      if (count === 0) {
        // The file is shorter than was said: what is there is all.
        this.#endBytes = position;
        break;
      }
      this.#filled += count;
    }
  }
}
