// The wire format of protocol buffers, read in place and written without objects. A message is fields:
//
//     tag varint (number × 8 + kind)    kind 0: varint    1: 8 bytes    2: length varint, bytes    5: 4 bytes
import { WeirError } from '../../base/index.ts';

export const VARINT = 0;
export const FIXED_64 = 1;
export const BYTES = 2;
const FIXED_32 = 5;

/** Reads one message, field by field. Everything throws `invalid` where the bytes end too early. */
export class WireReader {
  readonly bytes: Buffer;
  position: number;
  readonly end: number;
  /** Of the field that `next` has found. */
  field = 0;
  kind = 0;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
  }

  /** Moves to the next field's value; false at the end. */
  next(): boolean {
    if (this.position >= this.end) return false;
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.kind = tag % 8;
    if (this.field === 0) throw new WeirError('invalid', 'the message has a field without a number');
    return true;
  }

  /** A signed number of 64 bits. Beyond ±2^53 it is rounded. */
  varint(): number {
    let low = 0;
    let high = 0;
    for (let shift = 0; ; shift += 7) {
      if (this.position >= this.end) throw cutShort();
      const byte = this.bytes[this.position++];
      // 28 bits here, the other 36 there.
      if (shift < 28) low += (byte & 0x7f) * 2 ** shift;
      else high += (byte & 0x7f) * 2 ** (shift - 28);
      if (byte < 0x80) break;
      if (shift >= 63) throw new WeirError('invalid', 'the message has a number of over 64 bits');
    }
    const unsignedHigh = high % 2 ** 36;
    return (unsignedHigh >= 2 ** 35 ? unsignedHigh - 2 ** 36 : unsignedHigh) * 2 ** 28 + low;
  }

  double(): number {
    this.position += 8;
    if (this.position > this.end) throw cutShort();
    return this.bytes.readDoubleLE(this.position - 8);
  }

  /** Moves behind the bytes of a field of that kind and returns where they start; they end at the new position. */
  span(): number {
    const length = this.varint();
    const start = this.position;
    if (length < 0 || start + length > this.end) throw cutShort();
    this.position = start + length;
    return start;
  }

  text(): string {
    const start = this.span();
    return this.bytes.toString('utf8', start, this.position);
  }

  /** Passes over the field. */
  skip(): void {
    if (this.kind === VARINT) this.varint();
    else if (this.kind === BYTES) this.span();
    else if (this.kind === FIXED_64) this.double();
    else if (this.kind !== FIXED_32) throw new WeirError('invalid', `the message has a field of kind ${this.kind}`);
    else {
      this.position += 4;
      if (this.position > this.end) throw cutShort();
    }
  }
}

function cutShort(): WeirError {
  return new WeirError('invalid', 'the message is cut short');
}

/** Writes one message. */
export class WireWriter {
  #bytes = Buffer.allocUnsafe(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What was written so far: a view, until more is written. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Empties it, to be used again. */
  clear(): void {
    this.#length = 0;
  }

  text(field: number, text: string): void {
    this.message(field, Buffer.from(text));
  }

  message(field: number, bytes: Uint8Array): void {
    this.#room(20 + bytes.length);
    this.#varint(field * 8 + BYTES);
    this.#varint(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  double(field: number, value: number): void {
    this.#room(20);
    this.#varint(field * 8 + FIXED_64);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  /** A safe integer. */
  number(field: number, value: number): void {
    this.#room(20);
    this.#varint(field * 8 + VARINT);
    if (value >= 0) this.#varint(value);
    else this.#negative(BigInt.asUintN(64, BigInt(value)));
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  #negative(value: bigint): void {
    let rest = value;
    for (; rest >= 0x80n; rest >>= 7n) this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
    this.#bytes[this.#length++] = Number(rest);
  }

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#length + more));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
