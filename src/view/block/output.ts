// Bytes on their way to the sink, in pieces of a handy size, and where in the file the next one will stand.
import { ByteWriter } from './byte-writer.ts';

const PIECE_BYTES = 1 << 20;

export class Output {
  readonly #sink: (bytes: Uint8Array) => void;
  #pending = new ByteWriter(PIECE_BYTES);
  #offset = 0;

  /** The sink may keep the bytes that it gets. */
  constructor(sink: (bytes: Uint8Array) => void) {
    this.#sink = sink;
  }

  get offset(): number {
    return this.#offset;
  }

  /** Copies: the bytes may be reused. */
  write(bytes: Uint8Array): void {
    this.#offset += bytes.length;
    this.#pending.append(bytes);
    if (this.#pending.length >= PIECE_BYTES) this.flush();
  }

  flush(): void {
    if (this.#pending.length === 0) return;
    this.#sink(this.#pending.written());
    this.#pending = new ByteWriter(PIECE_BYTES);
  }
}
