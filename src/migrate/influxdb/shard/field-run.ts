// The values of one field of one series in a span of time, put together from all blocks that have some: in order of time,
// of two values of one time the later written one, without what was deleted.
import { isUtf8 } from 'node:buffer';
import type { FieldType, StringColumn, TimeRange } from '../../../model/index.ts';
import type { Block, BlockValues } from '../block/block.ts';
import type { DeletedSpan } from '../tsm/tombstones.ts';

export interface FieldRun {
  readonly name: string;
  readonly type: FieldType;
  /** Offsets from the base of the run, strictly ascending. All arrays are exactly as long as there are rows. */
  readonly times: Float64Array;
  /** As `BatchColumn` has them. */
  readonly values: BlockValues;
}

/** A decoded block and what to leave out of it. Where times meet, the part with the higher rank wins; ranks ascend. */
export interface RunSource {
  readonly block: Block;
  readonly deleted: readonly DeletedSpan[];
}

/** What could not be taken over as it was. */
export interface RunTally {
  /** Values that are NaN or infinite: left out, as no answer could hold them. */
  notFinite: number;
  /** Strings that are not UTF-8: each bad byte becomes U+FFFD, which is what InfluxDB's answers show. */
  repairedStrings: number;
}

/** Rows [from, to) of a block. */
interface Part {
  /** Row r is at `shift + offsets[r]` from the base. */
  readonly offsets: Float64Array;
  readonly shift: number;
  readonly from: number;
  readonly to: number;
  readonly values: BlockValues;
  readonly hasTies: boolean;
}

const NO_NUMBERS = new Float64Array(0);

/**
 * The run of `sources` (in order of rank) within `range`, which must lie within 2^53 ns of `baseNs`; undefined when nothing
 * is there.
 */
export function fieldRun(
  name: string,
  type: FieldType,
  sources: readonly RunSource[],
  range: TimeRange,
  baseNs: bigint,
  tally: RunTally,
): FieldRun | undefined {
  const parts: Part[] = [];
  for (const source of sources) {
    const part = partWithin(source, range, baseNs, tally);
    if (part.from < part.to) parts.push(part);
  }
  if (parts.length === 0) return undefined;
  const inOrder = parts.toSorted((a, b) => firstOf(a) - firstOf(b));
  const run = isDisjoint(inOrder) ? joined(type, inOrder) : merged(type, parts);
  return { name, type, ...run };
}

function partWithin({ block, deleted }: RunSource, range: TimeRange, baseNs: bigint, tally: RunTally): Part {
  const { times } = block;
  const from = rowAt(block, range.startNs);
  const to = rowAt(block, range.endNs);
  const values = block.values;
  const offsets = times.offsets ?? offsetsOf(times.wide, from, to, baseNs);
  const shift = times.offsets === null ? 0 : Number(times.firstNs - baseNs);
  const part: Part = { offsets, shift, from, to, values, hasTies: times.hasTies };
  const isWhole = deleted.length === 0 && block.notFinite === 0;
  const kept = isWhole ? part : withoutRows(part, block, deleted, baseNs, tally);
  return block.type === 'string' ? withUtf8(kept, tally) : kept;
}

/** The least time of a block at or behind `fromNs`. */
export function firstTimeFrom(block: Block, fromNs: bigint): bigint | undefined {
  const { firstNs, count, offsets, wide } = block.times;
  if (fromNs <= firstNs) return firstNs;
  const row = rowAt(block, fromNs);
  if (row === count) return undefined;
  return wide === null ? firstNs + BigInt(offsets?.[row] ?? 0) : wide[row];
}

/** The first row at or behind a time. */
function rowAt({ times }: Block, timeNs: bigint): number {
  if (timeNs <= times.firstNs) return 0;
  if (timeNs > times.lastNs) return times.count;
  let low = 0;
  let high = times.count;
  const offset = times.offsets === null ? 0 : Number(timeNs - times.firstNs);
  while (low < high) {
    const middle = (low + high) >> 1;
    const isBefore = times.wide === null ? (times.offsets?.[middle] ?? 0) < offset : times.wide[middle] < timeNs;
    if (isBefore) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Offsets of rows [from, to); the others, which may be too far off, stay 0. */
function offsetsOf(wide: BigInt64Array | null, from: number, to: number, baseNs: bigint): Float64Array {
  if (wide === null) return NO_NUMBERS;
  const offsets = new Float64Array(wide.length);
  for (let row = from; row < to; row++) offsets[row] = Number(wide[row] - baseNs);
  return offsets;
}

/** A part of its own without what was deleted and what is not finite. */
function withoutRows(part: Part, block: Block, deleted: readonly DeletedSpan[], baseNs: bigint, tally: RunTally): Part {
  const { offsets, shift, values } = part;
  const rows: number[] = [];
  for (let row = part.from; row < part.to; row++) {
    const timeNs = baseNs + BigInt(offsets[row] + shift);
    if (deleted.some((span) => span.minNs <= timeNs && timeNs <= span.maxNs)) continue;
    if (block.notFinite > 0 && !Number.isFinite(values.numbers[row])) tally.notFinite++;
    else rows.push(row);
  }
  return {
    offsets: Float64Array.from(rows, (row) => offsets[row] + shift),
    shift: 0,
    from: 0,
    to: rows.length,
    values: takeRows(values, rows),
    hasTies: part.hasTies,
  };
}

function withUtf8(part: Part, tally: RunTally): Part {
  const { strings } = part.values;
  if (strings === null) return part;
  const bad: number[] = [];
  for (let row = part.from; row < part.to; row++) {
    if (!isUtf8(strings.text.subarray(strings.starts[row], strings.ends[row]))) bad.push(row);
  }
  if (bad.length === 0) return part;
  tally.repairedStrings += bad.length;
  const starts = strings.starts.slice();
  const ends = strings.ends.slice();
  const pieces: Uint8Array[] = [strings.text];
  let length = strings.text.length;
  for (const row of bad) {
    const text = Buffer.from(Buffer.from(strings.text.subarray(starts[row], ends[row])).toString('utf8'));
    starts[row] = length;
    length += text.length;
    ends[row] = length;
    pieces.push(text);
  }
  return { ...part, values: { ...part.values, strings: { text: Buffer.concat(pieces), starts, ends } } };
}

function firstOf(part: Part): number {
  return part.offsets[part.from] + part.shift;
}

function lastOf(part: Part): number {
  return part.offsets[part.to - 1] + part.shift;
}

function isDisjoint(parts: readonly Part[]): boolean {
  return parts.every((part, index) => !part.hasTies && (index === 0 || lastOf(parts[index - 1]) < firstOf(part)));
}

/** One part behind the other. */
function joined(type: FieldType, parts: readonly Part[]): { times: Float64Array; values: BlockValues } {
  const count = parts.reduce((sum, part) => sum + part.to - part.from, 0);
  const times = new Float64Array(count);
  let at = 0;
  for (const part of parts) at = shiftInto(times, at, part);
  return { times, values: joinedValues(type, parts, count) };
}

function shiftInto(times: Float64Array, at: number, { offsets, shift, from, to }: Part): number {
  for (let row = from; row < to; row++) times[at + row - from] = offsets[row] + shift;
  return at + to - from;
}

function joinedValues(type: FieldType, parts: readonly Part[], count: number): BlockValues {
  if (type === 'string') return { numbers: NO_NUMBERS, wide: null, strings: joinedStrings(parts, count) };
  const numbers = new Float64Array(count);
  const isWide = parts.some((part) => part.values.wide !== null);
  const wide = isWide ? new BigInt64Array(count) : null;
  let at = 0;
  for (const { values, from, to } of parts) {
    numbers.set(values.numbers.subarray(from, to), at);
    if (wide !== null) {
      if (values.wide !== null) wide.set(values.wide.subarray(from, to), at);
      else for (let row = from; row < to; row++) wide[at + row - from] = BigInt(values.numbers[row]);
    }
    at += to - from;
  }
  return { numbers, wide, strings: null };
}

function joinedStrings(parts: readonly Part[], count: number): StringColumn {
  const columns = parts.flatMap(({ values }) => (values.strings === null ? [] : [values.strings]));
  const starts = new Uint32Array(count);
  const ends = new Uint32Array(count);
  let textAt = 0;
  let at = 0;
  parts.forEach(({ from, to }, index) => {
    const column = columns[index];
    for (let row = from; row < to; row++, at++) {
      starts[at] = textAt + column.starts[row];
      ends[at] = textAt + column.ends[row];
    }
    textAt += column.text.length;
  });
  return {
    text: columns.length === 1 ? columns[0].text : Buffer.concat(columns.map(({ text }) => text)),
    starts,
    ends,
  };
}

/** Parts whose times mix: rows sorted by time, and of equal times the last of the part with the highest rank. */
function merged(type: FieldType, parts: readonly Part[]): { times: Float64Array; values: BlockValues } {
  const count = parts.reduce((sum, part) => sum + part.to - part.from, 0);
  const all = new Float64Array(count);
  let at = 0;
  for (const part of parts) at = shiftInto(all, at, part);
  // Parts stand in order of rank, and the sort is stable: of equal times the last one counts.
  const order = Uint32Array.from(all, (_, row) => row).sort((a, b) => all[a] - all[b]);
  const rows: number[] = [];
  order.forEach((row, index) => {
    if (index + 1 === count || all[order[index + 1]] !== all[row]) rows.push(row);
  });
  return {
    times: Float64Array.from(rows, (row) => all[row]),
    values: takeRows(joinedValues(type, parts, count), rows),
  };
}

function takeRows({ numbers, wide, strings }: BlockValues, rows: readonly number[]): BlockValues {
  return {
    numbers: numbers.length === 0 ? numbers : Float64Array.from(rows, (row) => numbers[row]),
    wide: wide === null ? null : BigInt64Array.from(rows, (row) => wide[row]),
    strings:
      strings === null
        ? null
        : {
            text: strings.text,
            starts: Uint32Array.from(rows, (row) => strings.starts[row]),
            ends: Uint32Array.from(rows, (row) => strings.ends[row]),
          },
  };
}
