// Bytes of a file under construction, big-endian.

export class ByteWriter {
  readonly #pieces: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    return this.bytes(Buffer.of(value));
  }

  u16(value: number): this {
    const piece = Buffer.alloc(2);
    piece.writeUInt16BE(value);
    return this.bytes(piece);
  }

  u32(value: number): this {
    const piece = Buffer.alloc(4);
    piece.writeUInt32BE(value);
    return this.bytes(piece);
  }

  /** Of a signed or an unsigned number. */
  u64(value: bigint): this {
    const piece = Buffer.alloc(8);
    piece.writeBigUInt64BE(BigInt.asUintN(64, value));
    return this.bytes(piece);
  }

  f64(value: number): this {
    const piece = Buffer.alloc(8);
    piece.writeDoubleBE(value);
    return this.bytes(piece);
  }

  varint(value: bigint | number): this {
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest >= 0x80n; rest >>= 7n) this.u8(Number(rest & 0x7fn) | 0x80);
    return this.u8(Number(rest));
  }

  bytes(piece: Uint8Array): this {
    this.#pieces.push(Buffer.from(piece));
    this.#length += piece.length;
    return this;
  }

  text(text: string): this {
    return this.bytes(Buffer.from(text));
  }

  finish(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}
