// Bodies of write requests, made before the clock starts: in one file (it stays in the page cache) or in memory.
import { closeSync, openSync, readSync, writeSync } from 'node:fs';

export interface Batches {
  readonly rows: number;
  readonly bytes: number;
  /** How many requests there are. */
  readonly count: number;
  /** The body of a request. It may lie in `scratch`, or in `scratch.buffer` made larger. */
  read(index: number, scratch: Scratch): Uint8Array;
}

/** A buffer that a connection reuses for one body after the other. */
export interface Scratch {
  buffer: Buffer;
}

/** Bodies in one file, kept with their ends so that requests of any multiple of `rowsPerPiece` rows can be cut from it. */
export class BatchFile {
  readonly #file: number;
  readonly #rowsPerPiece: number;
  /** Where each piece starts, and where the last one ends. */
  readonly #offsets: number[] = [0];
  #rows = 0;

  /** Writes all pieces to a new file; all but the last have `rowsPerPiece` rows, the last `rows` in sum. */
  constructor(path: string, pieces: Iterable<Uint8Array>, rowsPerPiece: number, rows: number) {
    this.#file = openSync(path, 'wx+');
    this.#rowsPerPiece = rowsPerPiece;
    for (const piece of pieces) {
      writeSync(this.#file, piece);
      this.#offsets.push(this.#offsets[this.#offsets.length - 1] + piece.length);
    }
    this.#rows = rows;
  }

  get rows(): number {
    return this.#rows;
  }

  get bytes(): number {
    return this.#offsets[this.#offsets.length - 1];
  }

  /** The first `rows` rows or a little more, as requests of `rowsPerRequest` rows, a multiple of a piece. */
  batches(rowsPerRequest: number, rows: number = this.#rows): Batches {
    const step = rowsPerRequest / this.#rowsPerPiece;
    const last = this.#offsets.length - 1;
    const end = Math.min(last, Math.ceil(rows / this.#rowsPerPiece));
    return {
      rows: end === last ? this.#rows : end * this.#rowsPerPiece,
      bytes: this.#offsets[end],
      count: Math.ceil(end / step),
      read: (index, scratch) => {
        const start = this.#offsets[index * step];
        const length = this.#offsets[Math.min(end, (index + 1) * step)] - start;
        if (scratch.buffer.length < length) scratch.buffer = Buffer.allocUnsafeSlow(length * 2);
        const body = scratch.buffer.subarray(0, length);
        readSync(this.#file, body, 0, length, start);
        return body;
      },
    };
  }

  close(): void {
    closeSync(this.#file);
  }
}

export function batchesInMemory(bodies: readonly Uint8Array[], rows: number): Batches {
  const bytes = bodies.reduce((sum, body) => sum + body.length, 0);
  return { rows, bytes, count: bodies.length, read: (index) => bodies[index] };
}
