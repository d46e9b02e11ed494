// A file read from front to back through a buffer, which slides on as places beyond it are asked for. Files of many
// gigabytes pass through without being held, and the bytes are read in place.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { damagedAt } from './damage.ts';

export class FileWindow {
  readonly path: string;
  readonly sizeBytes: number;
  readonly #fd: number;
  #bytes: Uint8Array;
  #view: DataView;
  /** The buffer holds [start, end) of the file. */
  #start = 0;
  #end = 0;

  /** Throws what the system does when the file cannot be opened. */
  constructor(path: string, windowBytes: number) {
    this.path = path;
    this.#fd = openSync(path, 'r');
    this.sizeBytes = fstatSync(this.#fd).size;
    this.#bytes = new Uint8Array(Math.min(windowBytes, this.sizeBytes));
    this.#view = viewOf(this.#bytes);
  }

  /** The buffer, valid until the next `seek`. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get view(): DataView {
    return this.#view;
  }

  /**
   * Where [offset, offset + length) of the file stands in the buffer. As many as `slack` bytes behind it are readable too, of
   * any content. Throws `corrupt` when the file ends before that.
   */
  seek(offset: number, length: number, slack = 0): number {
    if (offset + length > this.sizeBytes) {
      throw damagedAt(this.path, offset, `${length} bytes are expected, the file ends at ${this.sizeBytes}`);
    }
    const at = offset - this.#start;
    if (at >= 0 && offset + length <= this.#end && at + length + slack <= this.#bytes.length) return at;
    this.#load(offset, length + slack);
    return 0;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #load(offset: number, length: number): void {
    if (length > this.#bytes.length) {
      this.#bytes = new Uint8Array(length);
      this.#view = viewOf(this.#bytes);
    }
    this.#start = offset;
    this.#end = offset;
    const wanted = Math.min(this.#bytes.length, this.sizeBytes - offset);
    while (this.#end < offset + wanted) {
      const filled = this.#end - offset;
      const count = readSync(this.#fd, this.#bytes, filled, wanted - filled, this.#end);
      if (count === 0) throw damagedAt(this.path, this.#end, 'the file has become shorter while it was read');
      this.#end += count;
    }
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
