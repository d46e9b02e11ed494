// The fast path: lines whose series and fields were seen before, in plain spelling. Each line is expected to bring the key
// that followed the last key last time, and the fields that followed each other last time; a guess is checked by comparing
// bytes, eight or four at a time, and costs a search when it is wrong.
//
// Whatever is not plain is left to `any-line.ts`: the row so far is taken back and the line starts over there. Nothing
// here reads past a newline, so nothing here looks for the end of the body.
import { type MeasurementBuilder, type TableBuilder, growRows, isSparse } from './batch-builder.ts';
import { MAX_PLAIN_NAME } from './field-builder.ts';
import { hasTimeTag, scanKey } from './key-scan.ts';
import { keepSeries, locateSeries } from './store-row.ts';
import { NO_KEY } from './known-keys.ts';
import type { ParseState } from './parse-state.ts';
import { readKnownFields } from './known-fields.ts';
import { readKnownTime } from './known-time.ts';
import { undoColumn } from './column-builder.ts';

const SPACE = 0x20;
const HASH = 0x23;
const BACKSLASH = 0x5c;

/** Reads lines from the state's position on and stops before the first that it cannot take. */
export function parseKnownLines(state: ParseState): void {
  const { keys, lastNewline, series } = state;
  while (state.position < lastNewline) {
    const ref = matchKey(state);
    const isKnown = ref !== NO_KEY;
    const measurement = isKnown ? measurementAt(state, series.measurementOf(keys.seriesId(ref))) : newSeries(state);
    const table = measurement === null ? null : tableWithRoom(state, measurement);
    if (table === null) return;
    const row = table.rowCount;
    const fields = readKnownFields(state, table, row);
    if (fields < 0 || !readKnownTime(state, table)) {
      undoRow(table, row);
      return;
    }
    table.seriesIds[row] = isKnown
      ? keys.seriesId(ref)
      : keepSeries(state, state.position, measurement as MeasurementBuilder);
    table.times[row] = (state.seconds - table.baseSeconds) * 1e9 + (state.nanos - table.baseNanos);
    table.rowCount = row + 1;
    table.valueCount += fields;
    state.rowCount++;
    if (isKnown) keys.last = ref;
    state.position = state.cursor;
  }
}

/** The ref of the key at the state's position, with the cursor behind the space that ends it; or NO_KEY. */
function matchKey(state: ParseState): number {
  const { keys, words, position } = state;
  const ref = keys.predict(keys.last);
  if (ref !== NO_KEY) {
    const end = position + keys.length(ref);
    if (end < state.lastNewline && words.getUint8(end) === SPACE && keys.equals(ref, words, position)) {
      state.cursor = end + 1;
      return ref;
    }
  }
  return searchKey(state);
}

/** The same without a guess. For a plain key that is not known the cursor is moved too, else it stays where the line starts. */
function searchKey(state: ParseState): number {
  const { keys, words, position } = state;
  state.cursor = position;
  const end = keyEnd(words, position, state.end);
  if (end < 0 || end - position > MAX_PLAIN_NAME || words.getUint8(position) === HASH) return NO_KEY;
  state.cursor = end + 1;
  const ref = keys.find(words, position, end);
  if (ref !== NO_KEY) keys.follow(keys.last, ref);
  return ref;
}

/** The measurement of the key, new here, between the state's position and the cursor; null when it needs a closer look. */
function newSeries(state: ParseState): MeasurementBuilder | null {
  const { bytes, keyScan, position, cursor } = state;
  if (cursor === position || scanKey(bytes, position, cursor, keyScan) !== null || hasTimeTag(bytes, keyScan))
    return null;
  const measurement = locateSeries(state, position);
  return state.admit !== null && state.spot.id < 0 ? null : measurement;
}

function measurementAt(state: ParseState, ordinal: number): MeasurementBuilder | null {
  if (ordinal !== state.lastOrdinal) {
    const found = state.measurements.get(ordinal);
    if (found === undefined) return null;
    state.lastMeasurement = found;
    state.lastOrdinal = ordinal;
  }
  return state.lastMeasurement;
}

/** The table that took the measurement's last row, with room for one more; or null. */
function tableWithRoom(state: ParseState, measurement: MeasurementBuilder): TableBuilder | null {
  const table = measurement.current;
  if (table !== null && table.rowCount === table.capacity) {
    if (isSparse(table, 0)) return null;
    growRows(state.batch, table, state.position);
  }
  return table;
}

/**
 * The first space after `start` that has no backslash before it; -1 when a control character comes earlier. Four bytes at
 * a time: a byte is at most 0x20 where subtracting 0x21 borrows from its top bit.
 */
function keyEnd(words: DataView, start: number, bodyEnd: number): number {
  let at = start;
  while (at + 4 <= bodyEnd) {
    const word = words.getInt32(at, true);
    const blanks = (word - 0x21212121) & ~word & 0x80808080;
    if (blanks !== 0) {
      const end = at + ((31 - Math.clz32(blanks & -blanks)) >> 3);
      if (words.getUint8(end) !== SPACE || end === start) return -1;
      if (words.getUint8(end - 1) !== BACKSLASH) return end;
      at = end + 1;
    } else at += 4;
  }
  return -1;
}

/** Takes back what the fields of an unfinished row have written. They are those that follow the first one. */
function undoRow(table: TableBuilder, row: number): void {
  let field = table.firstField;
  while (field !== null && field.column !== null && field.column.filled > row) {
    undoColumn(field.column, row);
    field = field.following;
  }
}
