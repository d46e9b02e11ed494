// Bytes being written: encoders call `reserve`, write into `bytes` from `at` on, and move `at`.

export abstract class ByteBuffer {
  bytes: Buffer;
  at = 0;

  protected constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  /** Makes room for `count` more bytes in one piece. `bytes` and `at` may change. */
  abstract reserve(count: number): void;

  /** Appends bytes that were made before. */
  put(constant: Uint8Array): void {
    const length = constant.length;
    this.reserve(length);
    const { bytes } = this;
    const { at } = this;
    if (length > 64) bytes.set(constant, at);
    else for (let i = 0; i < length; i++) bytes[at + i] = constant[i];
    this.at = at + length;
  }

  /** Appends text as UTF-8; lone surrogates become U+FFFD. */
  putText(text: string): void {
    this.reserve(3 * text.length);
    this.at += this.bytes.write(text, this.at, 'utf8');
  }
}

/** Keeps all that is written to it. */
export class GrowingBytes extends ByteBuffer {
  constructor(size = 1024) {
    super(size);
  }

  override reserve(count: number): void {
    if (this.at + count <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.length, this.at + count));
    this.bytes.copy(grown, 0, 0, this.at);
    this.bytes = grown;
  }

  written(): Buffer {
    return this.bytes.subarray(0, this.at);
  }
}
