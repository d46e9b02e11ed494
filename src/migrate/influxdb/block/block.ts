// A block: up to a thousand values of one field of one series, in order of time.
//
//     ┌─────────┬──────────────────────────┬────────────┬────────┐
//     │ type u8 │ bytes of timestamps varint│ timestamps │ values │
//     └─────────┴──────────────────────────┴────────────┴────────┘
import { unreachable } from '../../../base/index.ts';
import type { FieldType, StringColumn } from '../../../model/index.ts';
import { damaged } from '../damage.ts';
import { decodeBooleans } from './boolean-values.ts';
import { decodeFloats } from './float-values.ts';
import { decodeIntegers } from './integer-values.ts';
import { decodeStrings } from './string-values.ts';
import { type BlockTimes, countTimes, decodeTimes } from './time-values.ts';
import { readVarint } from './varint.ts';

/** By the number that stands for it in blocks and in the index. */
export const BLOCK_TYPES: readonly FieldType[] = ['float', 'integer', 'boolean', 'string', 'unsigned'];
/** So many bytes beyond a block must be readable, of any content. */
export const READ_AHEAD_BYTES = 8;

/** Values as `BatchColumn` has them; every row has one. */
export interface BlockValues {
  readonly numbers: Float64Array;
  readonly wide: BigInt64Array | null;
  readonly strings: StringColumn | null;
}

export interface Block {
  readonly type: FieldType;
  readonly times: BlockTimes;
  readonly values: BlockValues;
  /** How many values are NaN or infinite. */
  readonly notFinite: number;
}

interface BlockParts {
  readonly type: FieldType;
  readonly timesAt: number;
  readonly valuesAt: number;
}

const NO_NUMBERS = new Float64Array(0);

/** How many values the block at bytes[start .. end) has. Throws `corrupt` for what cannot be a block. */
export function countBlock(bytes: DataView, start: number, end: number): number {
  const { timesAt, valuesAt } = partsOf(bytes, start, end);
  return countTimes(bytes, timesAt, valuesAt);
}

/** Throws `corrupt`. The bytes may be overwritten afterwards. */
export function decodeBlock(bytes: DataView, start: number, end: number): Block {
  const { type, timesAt, valuesAt } = partsOf(bytes, start, end);
  const times = decodeTimes(bytes, timesAt, valuesAt);
  if (type === 'float') {
    const { numbers, notFinite } = decodeFloats(bytes, valuesAt, end, times.count);
    return { type, times, values: { numbers, wide: null, strings: null }, notFinite };
  }
  return { type, times, values: decodeExact(type, bytes, valuesAt, end, times.count), notFinite: 0 };
}

function decodeExact(
  type: Exclude<FieldType, 'float'>,
  bytes: DataView,
  start: number,
  end: number,
  count: number,
): BlockValues {
  const all = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type) {
    case 'integer':
    case 'unsigned':
      return { ...decodeIntegers(bytes, start, end, count, type === 'unsigned'), strings: null };
    case 'boolean':
      return { numbers: decodeBooleans(all, start, end, count), wide: null, strings: null };
    case 'string':
      return { numbers: NO_NUMBERS, wide: null, strings: decodeStrings(all, start, end, count) };
    default:
      return unreachable(type);
  }
}

function partsOf(bytes: DataView, start: number, end: number): BlockParts {
  if (end - start < 2) throw damaged(`a block of ${end - start} bytes`);
  const type = BLOCK_TYPES.at(bytes.getUint8(start));
  if (type === undefined) throw damaged(`unknown block type ${bytes.getUint8(start)}`);
  const size = readVarint(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), start + 1, end);
  if (size.end + size.value > end) throw damaged(`timestamps of ${size.value} bytes run over the end of their block`);
  return { type, timesAt: size.end, valuesAt: size.end + size.value };
}
