// Reads what ByteWriter wrote. Callers have checked a checksum before: a read past the end is still found out, by `assertInside`.
import { WeirError } from '../../base/index.ts';

const EMPTY = new Uint8Array(0);

export class ByteReader {
  readonly bytes: Uint8Array;
  offset: number;

  constructor(bytes: Uint8Array = EMPTY, offset = 0) {
    this.bytes = bytes;
    this.offset = offset;
  }

  byte(): number {
    return this.bytes[this.offset++];
  }

  take(length: number): Uint8Array {
    const part = this.bytes.subarray(this.offset, this.offset + length);
    this.offset += length;
    this.assertInside();
    return part;
  }

  /** Exact below 2^53. */
  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes[this.offset++];
      value += (byte & 127) * scale;
      if (!(byte & 128)) return value;
    }
  }

  zigzag64(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.bytes[this.offset++];
      value |= BigInt(byte & 127) << shift;
      if (!(byte & 128)) break;
    }
    return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
  }

  assertInside(): void {
    if (this.offset > this.bytes.length) throw new WeirError('corrupt', 'data ends before its last value');
  }
}

/**
 * The same bytes with at least 8 more behind them in memory, so that bit unpacking may load whole words. Copies only when
 * there is no such room.
 */
export function withSlack(bytes: Uint8Array): Uint8Array {
  if (bytes.byteOffset + bytes.length + 8 <= bytes.buffer.byteLength) return bytes;
  const roomy = new Uint8Array(bytes.length + 8);
  roomy.set(bytes);
  return roomy.subarray(0, bytes.length);
}

/** A copy in a buffer of its own (a Buffer's `slice` is not). */
export function copyBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
