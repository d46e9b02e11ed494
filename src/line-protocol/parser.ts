// A request's body of line protocol to a batch of columns.
//
//     body ──► known-lines.ts: guess, compare, digits to columns      most lines of most bodies
//         ╰──► any-line.ts:    the whole grammar, errors              first sights, odd spellings, what is wrong
//
// Neither makes an object or a string for each line; both write into the same builders.
import { isUtf8 } from 'node:buffer';
import type { PointBatch, SeriesTable } from '../model/index.ts';
import { WeirError } from '../base/index.ts';
import { type DroppedPoints, type LineError, newLineReport } from './line-report.ts';
import { type Precision, nanosOf, secondsOf, timeUnit, truncateTime } from './timestamp.ts';
import { MAX_KEY_BYTES, newKeyScan } from './key-scan.ts';
import { finishBatch, newBatch } from './batch-builder.ts';
import { KnownKeys } from './known-keys.ts';
import type { ParseState } from './parse-state.ts';
import { newFieldScan } from './field-scan.ts';
import { parseAnyLine } from './any-line.ts';
import { parseKnownLines } from './known-lines.ts';

const NEWLINE = 0x0a;
/** Positions are int32. */
const MAX_BODY_BYTES = 2 ** 31 - 1;
const DEFAULT_MAX_ERRORS = 100;

export interface ParseOptions {
  /** The table of the bucket that the points are for. Series of stored lines are added to it. */
  readonly series: SeriesTable;
  /** Why a series that is not in the table may not be added, by its canonical key: its points are dropped. null = it may. */
  readonly admit?: ((key: string) => string | null) | null | undefined;
  readonly precision: Precision;
  /** The time of lines without one; it is rounded down to the precision. */
  readonly defaultTimeNs: bigint;
  /** Of a body that was put together from several texts. By default it is one. */
  readonly parts?: readonly BodyPart[] | undefined;
  /** Whether `1u` is a number. */
  readonly unsigned: boolean;
  /** So many errors are kept, the rest only counted. Default 100. */
  readonly maxErrors?: number | undefined;
  /** Throws `limit` when the columns need more. Default: 64 MiB and 32 times the body. */
  readonly maxBatchBytes?: number | undefined;
}

/** One of several texts in a body: its last line ends with it, whatever quotes are open. */
export interface BodyPart {
  /** Where it ends, and the next one starts. Ascending; the last one's is the body's length. */
  readonly endByte: number;
  /** The time of its lines without one; it is rounded down to the precision. */
  readonly defaultTimeNs: bigint;
}

export interface ParseResult {
  /**
   * The good lines. A measurement has several tables where its times are over 104 days apart or its fields differ much
   * from line to line. A field name comes twice in a table when lines give it different types; a row has at most one.
   */
  readonly batch: PointBatch;
  readonly rowCount: number;
  /** In order of lines. A caller that wants all or nothing throws the batch away when `errorCount` is not 0. */
  readonly errors: readonly LineError[];
  readonly errorCount: number;
  /** Well-formed points that are not stored: a tag named `time`, no field but `time`, a series that was not admitted. */
  readonly dropped: readonly DroppedPoints[];
  readonly droppedCount: number;
}

/** Throws `too large` for a body of 2 GiB, `limit` beyond `maxBatchBytes`; whatever is wrong with lines is in the result. */
export function parseLineProtocol(bytes: Uint8Array, options: ParseOptions): ParseResult {
  if (bytes.length > MAX_BODY_BYTES)
    throw new WeirError('too large', `body has ${bytes.length} bytes, at most ${MAX_BODY_BYTES}`);
  // A plain view, so that the hot loops meet one kind of array and not Buffers as well.
  const state = newParseState(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), options);
  let start = 0;
  for (const part of options.parts ?? [{ endByte: bytes.length, defaultTimeNs: options.defaultTimeNs }]) {
    enterPart(state, start, part);
    start = part.endByte;
    while (state.position < state.end) {
      parseKnownLines(state);
      if (state.position < state.end) parseAnyLine(state);
    }
  }
  const { report } = state;
  return {
    batch: finishBatch(state.batch),
    rowCount: state.rowCount,
    errors: report.errors,
    errorCount: report.errorCount,
    dropped: Array.from(report.dropped, ([reason, count]) => ({ count, reason })),
    droppedCount: report.droppedCount,
  };
}

/** What is known of keys outlives a body: the next one will bring the same. */
const knownKeys = new WeakMap<SeriesTable, KnownKeys>();

function keysOf(series: SeriesTable): KnownKeys {
  let keys = knownKeys.get(series);
  if (keys === undefined) {
    keys = new KnownKeys(series);
    knownKeys.set(series, keys);
  }
  return keys;
}

/** Reused: nothing that outlives a parse points into it. */
const canonicalKey = new Uint8Array(MAX_KEY_BYTES);
const canonicalWords = new DataView(canonicalKey.buffer);

function enterPart(state: ParseState, start: number, { endByte, defaultTimeNs }: BodyPart): void {
  const { bytes, unit } = state;
  const timeNs = truncateTime(defaultTimeNs, unit);
  const newline = state.isUtf8 && endByte > start ? bytes.lastIndexOf(NEWLINE, endByte - 1) : -1;
  state.position = start;
  state.end = endByte;
  state.lastNewline = newline < start ? -1 : newline;
  state.defaultSeconds = secondsOf(timeNs);
  state.defaultNanos = nanosOf(timeNs);
}

function newParseState(bytes: Uint8Array, options: ParseOptions): ParseState {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    bytes,
    words,
    end: 0,
    lastNewline: -1,
    isUtf8: isUtf8(bytes),
    unit: timeUnit(options.precision),
    unsigned: options.unsigned,
    defaultSeconds: 0,
    defaultNanos: 0,
    series: options.series,
    admit: options.admit ?? null,
    keys: keysOf(options.series),
    batch: newBatch(bytes.length, options.maxBatchBytes ?? 64 * 1024 * 1024 + 32 * bytes.length),
    measurements: new Map(),
    report: newLineReport(bytes, options.maxErrors ?? DEFAULT_MAX_ERRORS),
    position: 0,
    rowCount: 0,
    cursor: 0,
    lastOrdinal: -1,
    lastMeasurement: null,
    timeStart: 0,
    timeLength: 0,
    seconds: 0,
    nanos: 0,
    keyScan: newKeyScan(),
    fieldScan: newFieldScan(),
    spot: { words, start: 0, end: 0, hash: 0, id: -1 },
    canonicalKey,
    canonicalWords,
  };
}
