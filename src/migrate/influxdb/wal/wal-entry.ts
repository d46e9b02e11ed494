// What a record of the WAL says. Numbers are big-endian.
//
//     write          for each key: type u8, length u16, key, count u32, then `count` times: time i64, value
//                    types 1 float f64, 2 integer i64, 3 boolean u8, 4 string (length u32, bytes), 5 unsigned u64
//     delete         keys, one a line
//     delete range   min i64, max i64 (both included), then for each key: length u32, key
import type { FieldType } from '../../../model/index.ts';
import { damaged } from '../damage.ts';

const WRITE = 1;
const DELETE = 2;
const NEWLINE = 0x0a;
const TYPES: readonly (FieldType | undefined)[] = [undefined, 'float', 'integer', 'boolean', 'string', 'unsigned'];
/** Bytes of a time and a value; of a string, those that every one has. */
const VALUE_BYTES: Readonly<Record<FieldType, number>> = {
  float: 16,
  integer: 16,
  boolean: 9,
  string: 12,
  unsigned: 16,
};

/** The values of one key in a write. Where they stand is for `wal-values.ts` to read. */
export interface WalValues {
  readonly key: Uint8Array;
  readonly type: FieldType;
  readonly count: number;
  readonly minNs: bigint;
  readonly maxNs: bigint;
  /** `count` times and values begin at bytes[at]. */
  readonly at: number;
}

export type WalEntry =
  | { readonly op: 'write'; readonly bytes: DataView; readonly values: readonly WalValues[] }
  | { readonly op: 'delete'; readonly keys: readonly Uint8Array[]; readonly minNs: bigint; readonly maxNs: bigint };

/** Throws `corrupt`, also for bytes behind the last key. */
export function parseWalEntry(kind: number, bytes: Uint8Array): WalEntry {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (kind === WRITE) return { op: 'write', bytes: view, values: parseWrite(bytes, view) };
  if (kind === DELETE) return { op: 'delete', keys: linesOf(bytes), minNs: -(2n ** 63n), maxNs: 2n ** 63n - 1n };
  return parseDeleteRange(bytes, view);
}

function parseWrite(bytes: Uint8Array, view: DataView): WalValues[] {
  const values: WalValues[] = [];
  let at = 0;
  while (at < bytes.length) {
    need(bytes, at, 3);
    const type = TYPES.at(bytes[at]);
    if (type === undefined) throw damaged(`unknown type ${bytes[at]} of values`);
    const keyAt = at + 3;
    const keyEnd = keyAt + view.getUint16(at + 1);
    need(bytes, keyEnd, 4);
    const count = view.getUint32(keyEnd);
    if (count === 0) throw damaged('a key without values');
    const valuesAt = keyEnd + 4;
    const { minNs, maxNs, end } = surveyValues(bytes, view, type, count, valuesAt);
    values.push({ key: bytes.subarray(keyAt, keyEnd), type, count, minNs, maxNs, at: valuesAt });
    at = end;
  }
  return values;
}

function surveyValues(
  bytes: Uint8Array,
  view: DataView,
  type: FieldType,
  count: number,
  start: number,
): { minNs: bigint; maxNs: bigint; end: number } {
  need(bytes, start, VALUE_BYTES[type] * count);
  let minNs = view.getBigInt64(start);
  let maxNs = minNs;
  let at = start;
  for (let index = 0; index < count; index++) {
    need(bytes, at, VALUE_BYTES[type]);
    const timeNs = view.getBigInt64(at);
    if (timeNs < minNs) minNs = timeNs;
    if (timeNs > maxNs) maxNs = timeNs;
    at += valueBytes(type, view, at);
  }
  need(bytes, at, 0);
  return { minNs, maxNs, end: at };
}

/** Bytes of the time and value at `at`. */
export function valueBytes(type: FieldType, view: DataView, at: number): number {
  return type === 'string' ? VALUE_BYTES.string + view.getUint32(at + 8) : VALUE_BYTES[type];
}

function parseDeleteRange(bytes: Uint8Array, view: DataView): WalEntry {
  need(bytes, 0, 16);
  const keys: Uint8Array[] = [];
  let at = 16;
  while (at < bytes.length) {
    need(bytes, at, 4);
    const end = at + 4 + view.getUint32(at);
    need(bytes, end, 0);
    keys.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return { op: 'delete', keys, minNs: view.getBigInt64(0), maxNs: view.getBigInt64(8) };
}

function linesOf(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let at = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, at)) {
    lines.push(bytes.subarray(at, end));
    at = end + 1;
  }
  lines.push(bytes.subarray(at));
  return lines;
}

function need(bytes: Uint8Array, at: number, length: number): void {
  if (at + length > bytes.length) throw damaged('an entry ends within a value');
}
