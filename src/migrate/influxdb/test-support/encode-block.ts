// Blocks as influxd writes them, plainly and slowly: the other half of what the readers are held against.
import { encodeSnappy } from '../../../base/index.ts';
import type { FieldType } from '../../../model/index.ts';
import { ByteWriter } from './byte-writer.ts';

export type Encoding = 'raw' | 'packed' | 'repeated';
export type Value = number | bigint | boolean | string;
/** Strings as bytes need not be UTF-8. */
export type EncodedValue = Value | Uint8Array;

const PACKINGS: readonly (readonly [selector: number, count: number, bits: number])[] = [
  [2, 60, 1],
  [3, 30, 2],
  [4, 20, 3],
  [5, 15, 4],
  [6, 12, 5],
  [7, 10, 6],
  [8, 8, 7],
  [9, 7, 8],
  [10, 6, 10],
  [11, 5, 12],
  [12, 4, 15],
  [13, 3, 20],
  [14, 2, 30],
  [15, 1, 60],
];
const TYPE_NUMBERS: Readonly<Record<FieldType, number>> = { float: 0, integer: 1, boolean: 2, string: 3, unsigned: 4 };
const ENCODING_NUMBERS: Readonly<Record<Encoding, number>> = { raw: 0, packed: 1, repeated: 2 };
const FLOATS_END = 0x7ff8000000000001n;

export function encodeSimple8b(values: readonly bigint[]): Buffer {
  const out = new ByteWriter();
  let at = 0;
  while (at < values.length) {
    const ones = values.slice(at).findIndex((value) => value !== 1n);
    const run = ones < 0 ? values.length - at : ones;
    if (run >= 120) {
      out.u64(run >= 240 ? 0n : 1n << 60n);
      at += run >= 240 ? 240 : 120;
      continue;
    }
    const packing = PACKINGS.find(
      ([, count, bits]) =>
        at + count <= values.length && values.slice(at, at + count).every((value) => value < 1n << BigInt(bits)),
    );
    if (packing === undefined) throw new Error(`${values[at]} cannot be packed`);
    const [selector, count, bits] = packing;
    let word = BigInt(selector) << 60n;
    for (let index = 0; index < count; index++) word |= values[at + index] << BigInt(bits * index);
    out.u64(word);
    at += count;
  }
  return out.finish();
}

/** `scale` = the power of ten by which all deltas are divided. */
export function encodeTimes(times: readonly bigint[], encoding: Encoding, scale = 0): Buffer {
  const out = new ByteWriter().u8((ENCODING_NUMBERS[encoding] << 4) | scale).u64(times[0]);
  const deltas = times.slice(1).map((time, index) => BigInt.asUintN(64, time - times[index]) / 10n ** BigInt(scale));
  if (encoding === 'raw') for (const delta of deltas) out.u64(delta);
  else if (encoding === 'packed') out.bytes(encodeSimple8b(deltas));
  else out.varint(deltas.at(0) ?? 0n).varint(times.length);
  return out.finish();
}

export function encodeIntegers(values: readonly bigint[], encoding: Encoding): Buffer {
  const zigzags = values.map((value, index) =>
    zigzag(BigInt.asIntN(64, value - (index === 0 ? 0n : values[index - 1]))),
  );
  const out = new ByteWriter().u8(ENCODING_NUMBERS[encoding] << 4).u64(zigzags[0]);
  if (encoding === 'raw') for (const each of zigzags.slice(1)) out.u64(each);
  else if (encoding === 'packed') out.bytes(encodeSimple8b(zigzags.slice(1)));
  else out.varint(zigzags.at(1) ?? 0n).varint(values.length - 1);
  return out.finish();
}

function zigzag(value: bigint): bigint {
  return BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
}

export function encodeFloats(values: readonly number[]): Buffer {
  const words = [...values.map(bitsOf), FLOATS_END];
  let bits = words[0].toString(2).padStart(64, '0');
  let leading = -1;
  let trailing = 0;
  for (let index = 1; index < words.length; index++) {
    const delta = words[index] ^ words[index - 1];
    if (delta === 0n) {
      bits += '0';
      continue;
    }
    const text = delta.toString(2).padStart(64, '0');
    const zerosBefore = Math.min(31, text.indexOf('1'));
    const zerosBehind = 63 - text.lastIndexOf('1');
    if (leading >= 0 && zerosBefore >= leading && zerosBehind >= trailing) {
      bits += `10${text.slice(leading, 64 - trailing)}`;
      continue;
    }
    leading = zerosBefore;
    trailing = zerosBehind;
    const meaningful = text.slice(leading, 64 - trailing);
    bits += `11${leading.toString(2).padStart(5, '0')}${(meaningful.length % 64).toString(2).padStart(6, '0')}${meaningful}`;
  }
  return Buffer.concat([Buffer.of(0x10), packBits(bits)]);
}

function bitsOf(value: number): bigint {
  return new BigUint64Array(Float64Array.of(value).buffer)[0];
}

function packBits(bits: string): Buffer {
  const bytes = bits.match(/.{1,8}/g) ?? [];
  return Buffer.from(bytes.map((each) => Number.parseInt(each.padEnd(8, '0'), 2)));
}

export function encodeBooleans(values: readonly boolean[]): Buffer {
  const bits = packBits(values.map((value) => (value ? '1' : '0')).join(''));
  return new ByteWriter().u8(0x10).varint(values.length).bytes(bits).finish();
}

export function encodeStrings(values: readonly Uint8Array[]): Buffer {
  const plain = new ByteWriter();
  for (const value of values) plain.varint(value.length).bytes(value);
  return Buffer.concat([Buffer.of(0x10), encodeSnappy(plain.finish())]);
}

export function packBlock(type: FieldType, times: Uint8Array, values: Uint8Array): Buffer {
  return new ByteWriter().u8(TYPE_NUMBERS[type]).varint(times.length).bytes(times).bytes(values).finish();
}

/** A block in the encodings that influxd would choose: packed where it can be. */
export function encodeBlock(type: FieldType, times: readonly bigint[], values: readonly EncodedValue[]): Buffer {
  return packBlock(type, encodeTimes(times, timesFit(times) ? 'packed' : 'raw'), encodeValues(type, values));
}

function timesFit(times: readonly bigint[]): boolean {
  return times.every((time, index) => index === 0 || BigInt.asUintN(64, time - times[index - 1]) < 1n << 60n);
}

function bytesOf(value: EncodedValue): Uint8Array {
  return value instanceof Uint8Array ? value : Buffer.from(String(value));
}

function encodeValues(type: FieldType, values: readonly EncodedValue[]): Buffer {
  if (type === 'float') return encodeFloats(values.map(Number));
  if (type === 'boolean') return encodeBooleans(values.map(Boolean));
  if (type === 'string') return encodeStrings(values.map(bytesOf));
  const integers = values.map((value) => BigInt.asIntN(64, BigInt(String(value))));
  const fit = integers.every(
    (value, index) => index === 0 || zigzag(BigInt.asIntN(64, value - integers[index - 1])) < 1n << 60n,
  );
  return encodeIntegers(integers, fit ? 'packed' : 'raw');
}
