// MessagePack's encodings of what answers hold: maps, arrays, text, numbers, booleans, nil, and times as extension 5.
//
//     time: 0xc7 12 5 | int64 seconds | int32 nanoseconds      (big endian)
import type { Cell } from '../../influxql/index.ts';
import type { ByteBuffer } from './byte-buffer.ts';

export function putMap(sink: ByteBuffer, size: number): void {
  putSize(sink, size, { short: 0x80, shortMax: 15, byte: 0, two: 0xde, four: 0xdf });
}

export function putArray(sink: ByteBuffer, size: number): void {
  putSize(sink, size, { short: 0x90, shortMax: 15, byte: 0, two: 0xdc, four: 0xdd });
}

export function putMsgpackText(sink: ByteBuffer, text: string): void {
  putSize(sink, Buffer.byteLength(text), { short: 0xa0, shortMax: 31, byte: 0xd9, two: 0xda, four: 0xdb });
  sink.putText(text);
}

/** A number without a fraction becomes an integer, as in JSON: columns do not tell integers from floats. */
export function putMsgpack(sink: ByteBuffer, value: Cell): void {
  sink.reserve(9);
  if (value === null) sink.bytes[sink.at++] = 0xc0;
  else if (typeof value === 'string') putMsgpackText(sink, value);
  else if (typeof value === 'object') {
    putArray(sink, value.length);
    for (const text of value) putMsgpackText(sink, text);
  } else if (typeof value === 'boolean') sink.bytes[sink.at++] = value ? 0xc3 : 0xc2;
  else if (typeof value === 'bigint') putInteger(sink, value);
  else if (Number.isSafeInteger(value) && !Object.is(value, -0)) putInteger(sink, BigInt(value));
  else {
    sink.bytes[sink.at++] = 0xcb;
    sink.at = sink.bytes.writeDoubleBE(value, sink.at);
  }
}

export function putMsgpackTime(sink: ByteBuffer, seconds: number, nanos: number): void {
  sink.reserve(15);
  const { bytes } = sink;
  bytes[sink.at++] = 0xc7;
  bytes[sink.at++] = 12;
  bytes[sink.at++] = 5;
  sink.at = bytes.writeBigInt64BE(BigInt(seconds), sink.at);
  sink.at = bytes.writeInt32BE(nanos, sink.at);
}

/** The leading bytes of the forms that a size can take; `byte` 0 = there is no form with a one-byte size. */
interface SizeForms {
  readonly short: number;
  readonly shortMax: number;
  readonly byte: number;
  readonly two: number;
  readonly four: number;
}

function putSize(sink: ByteBuffer, size: number, forms: SizeForms): void {
  sink.reserve(5);
  const { bytes } = sink;
  if (size <= forms.shortMax) bytes[sink.at++] = forms.short | size;
  else if (size <= 0xff && forms.byte !== 0) {
    bytes[sink.at++] = forms.byte;
    bytes[sink.at++] = size;
  } else if (size <= 0xffff) {
    bytes[sink.at++] = forms.two;
    sink.at = bytes.writeUInt16BE(size, sink.at);
  } else {
    bytes[sink.at++] = forms.four;
    sink.at = bytes.writeUInt32BE(size, sink.at);
  }
}

function putInteger(sink: ByteBuffer, value: bigint): void {
  const { bytes } = sink;
  if (value >= 0n && value < 128n) bytes[sink.at++] = Number(value);
  else if (value >= 2n ** 63n) {
    bytes[sink.at++] = 0xcf;
    sink.at = bytes.writeBigUInt64BE(value, sink.at);
  } else {
    bytes[sink.at++] = 0xd3;
    sink.at = bytes.writeBigInt64BE(value, sink.at);
  }
}
