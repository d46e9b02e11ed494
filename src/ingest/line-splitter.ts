// Cuts a stream of bytes where a line ends. A line of any length takes bounded memory: one that is too long is thrown away.
import { isUtf8 } from 'node:buffer';

const NEWLINE = 0x0a;
const MAX_LINE_BYTES = 64 * 1024;
const NOTHING = new Uint8Array(0);

export class LineSplitter {
  readonly #onTooLong: () => void;
  #rest: Uint8Array = NOTHING;
  /** Within a line that was too long. */
  #skipping = false;

  constructor(onTooLong: () => void) {
    this.#onTooLong = onTooLong;
  }

  /** The lines that are whole by now, each with its newline. */
  push(chunk: Uint8Array): Uint8Array {
    let fresh = chunk;
    if (this.#skipping) {
      const newline = chunk.indexOf(NEWLINE);
      if (newline < 0) return NOTHING;
      this.#skipping = false;
      fresh = chunk.subarray(newline + 1);
    }
    const end = fresh.lastIndexOf(NEWLINE) + 1;
    const whole = end === 0 ? NOTHING : joined(this.#rest, fresh.subarray(0, end));
    this.#rest = end === 0 ? joined(this.#rest, fresh) : fresh.subarray(end);
    if (this.#rest.length > MAX_LINE_BYTES) {
      this.#rest = NOTHING;
      this.#skipping = true;
      this.#onTooLong();
    }
    return whole;
  }

  /** What came after the last newline. */
  rest(): Uint8Array {
    return this.#rest;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.length === 0 ? b : Buffer.concat([a, b]);
}

/** Calls `take` with each line that is not blank, without its newline; with null for one that is not UTF-8. */
export function forEachLine(bytes: Uint8Array, take: (line: string | null) => void): void {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  // Where something is not UTF-8, U+FFFD stands in its place.
  const isText = isUtf8(bytes);
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, end).trim();
    if (line !== '') take(isText || !line.includes('\ufffd') ? line : null);
    start = end + 1;
  }
}
