// Strings: byte 0x10, then a Snappy block of length varint, bytes, length varint, bytes …
import { decodeSnappy } from '../../../base/index.ts';
import type { StringColumn } from '../../../model/index.ts';
import { damaged } from '../damage.ts';
import { readVarint } from './varint.ts';

const SNAPPY = 1;
/** A thousand strings of InfluxDB's longest, 64 KiB, and room to spare; more is taken for damage. */
const MAX_TEXT_BYTES = 1 << 28;

/** The `count` strings of bytes[start .. end), of any bytes. Throws `corrupt` when there are fewer or more. */
export function decodeStrings(bytes: Uint8Array, start: number, end: number, count: number): StringColumn {
  if (end - start < 2) throw damaged(`strings in ${end - start} bytes`);
  const encoding = bytes[start] >> 4;
  if (encoding !== SNAPPY) throw damaged(`unknown encoding ${encoding} of strings`);
  const text = decodeSnappy(bytes.subarray(start + 1, end), MAX_TEXT_BYTES);
  const starts = new Uint32Array(count);
  const ends = new Uint32Array(count);
  let at = 0;
  let row = 0;
  for (; at < text.length && row < count; row++) {
    const length = text[at] < 0x80 ? { value: text[at], end: at + 1 } : readVarint(text, at, text.length);
    at = length.end + length.value;
    if (at > text.length) throw damaged(`string ${row + 1} runs over the end of its block`);
    starts[row] = length.end;
    ends[row] = at;
  }
  if (row < count) throw damaged(`${row} strings for ${count} timestamps`);
  if (at < text.length) throw damaged(`more than ${count} strings for as many timestamps`);
  return { text, starts, ends };
}
