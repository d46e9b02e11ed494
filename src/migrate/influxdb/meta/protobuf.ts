// The wire format of protocol buffers, as much of it as `meta.db` uses: a message is a row of fields, each of them
//
//     tag varint (number << 3 | kind)    kind 0: varint    1: 8 bytes    2: length varint, bytes    5: 4 bytes
//
// Fields that nobody asks for are passed over, so that files of later versions can be read.
import { damaged } from '../damage.ts';
import { readVarint, readWideVarint } from '../block/varint.ts';

const VARINT = 0;
const FIXED_64 = 1;
const BYTES = 2;
const FIXED_32 = 5;

export class Message {
  readonly #varints = new Map<number, bigint>();
  readonly #bytes = new Map<number, Uint8Array[]>();

  /** Throws `corrupt`. */
  constructor(bytes: Uint8Array) {
    let at = 0;
    while (at < bytes.length) {
      const tag = readVarint(bytes, at, bytes.length);
      const number = Math.floor(tag.value / 8);
      at = this.#readField(bytes, number, tag.value % 8, tag.end);
    }
  }

  /** A signed number; 0 when it is not there. */
  int(number: number): bigint {
    return BigInt.asIntN(64, this.#varints.get(number) ?? 0n);
  }

  flag(number: number): boolean {
    return this.int(number) !== 0n;
  }

  /** '' when it is not there. */
  text(number: number): string {
    return Buffer.from(this.#bytes.get(number)?.at(-1) ?? []).toString('utf8');
  }

  texts(number: number): string[] {
    return (this.#bytes.get(number) ?? []).map((bytes) => Buffer.from(bytes).toString('utf8'));
  }

  messages(number: number): Message[] {
    return (this.#bytes.get(number) ?? []).map((bytes) => new Message(bytes));
  }

  #readField(bytes: Uint8Array, number: number, kind: number, at: number): number {
    if (kind === VARINT) {
      const { value, end } = readWideVarint(bytes, at, bytes.length);
      this.#varints.set(number, value);
      return end;
    }
    let start = at;
    let length = kind === FIXED_64 ? 8 : 4;
    if (kind === BYTES) {
      const size = readVarint(bytes, at, bytes.length);
      start = size.end;
      length = size.value;
    } else if (kind !== FIXED_64 && kind !== FIXED_32) {
      throw damaged(`unknown kind ${kind} of field ${number}`);
    }
    if (start + length > bytes.length) throw damaged(`field ${number} runs over the end of its message`);
    if (kind === BYTES) {
      const values = this.#bytes.get(number) ?? [];
      values.push(bytes.subarray(start, start + length));
      this.#bytes.set(number, values);
    }
    return start + length;
  }
}
