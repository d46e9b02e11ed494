// Thrift's compact protocol, the writing half: the language of Parquet's footer, page headers and page index.
//
//     field header   delta to the last id << 4 | type        (a larger delta: 0000 | type, then the id as zigzag)
//     i32, i64       zigzag varint          binary  varint length, bytes          struct  fields, then 0
//     list           size << 4 | type       (from 15 up: 1111 | type, then the size as varint)
import { ByteWriter } from './byte-writer.ts';

export const THRIFT = { true: 1, false: 2, byte: 3, i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const;
export type ThriftType = (typeof THRIFT)[keyof typeof THRIFT];

export class ThriftWriter {
  readonly out: ByteWriter;
  #last = 0;
  readonly #outer: number[] = [];

  constructor(out: ByteWriter = new ByteWriter()) {
    this.out = out;
  }

  #field(id: number, type: ThriftType): void {
    const delta = id - this.#last;
    this.#last = id;
    if (delta > 0 && delta <= 15) this.out.byte((delta << 4) | type);
    else {
      this.out.byte(type);
      this.out.zigzag(id);
    }
  }

  boolean(id: number, value: boolean): void {
    this.#field(id, value ? THRIFT.true : THRIFT.false);
  }

  byteField(id: number, value: number): void {
    this.#field(id, THRIFT.byte);
    this.out.byte(value);
  }

  i32(id: number, value: number): void {
    this.#field(id, THRIFT.i32);
    this.out.zigzag(value);
  }

  i64(id: number, value: number): void {
    this.#field(id, THRIFT.i64);
    this.out.zigzag(value);
  }

  binary(id: number, value: Uint8Array | string): void {
    this.#field(id, THRIFT.binary);
    this.binaryElement(value);
  }

  /** Opens a struct field; close it with `end`. */
  struct(id: number): void {
    this.#field(id, THRIFT.struct);
    this.begin();
  }

  /** Opens the top struct or one that is an element of a list. */
  begin(): void {
    this.#outer.push(this.#last);
    this.#last = 0;
  }

  end(): void {
    this.out.byte(0);
    this.#last = this.#outer.pop() ?? 0;
  }

  /** Elements follow: structs by begin/end, others by the methods below. */
  list(id: number, type: ThriftType, size: number): void {
    this.#field(id, THRIFT.list);
    if (size < 15) this.out.byte((size << 4) | type);
    else {
      this.out.byte(0xf0 | type);
      this.out.varint(size);
    }
  }

  intElement(value: number): void {
    this.out.zigzag(value);
  }

  booleanElement(value: boolean): void {
    this.out.byte(value ? THRIFT.true : THRIFT.false);
  }

  binaryElement(value: Uint8Array | string): void {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    this.out.varint(bytes.length);
    this.out.append(bytes);
  }
}
