// A line that was scanned without an error into the batch: series, fields, values. Teaches the fast path what it needs to
// take the next line of its kind.
import { type BatchBuilder, type FieldBuilder, type MeasurementBuilder, type TableBuilder } from './batch-builder.ts';
import { columnOf, growColumnTo, measurementBuilder, tableFor } from './batch-builder.ts';
import { MAX_PLAIN_NAME, addPlainField, findPlainField, oddField } from './field-builder.ts';
import { type FieldType, decodeMeasurement, hashKey } from '../model/index.ts';
import { booleanAt, floatAt, integerAt } from './number-scan.ts';
import { putNumber, putString, putWide, undoColumn } from './column-builder.ts';
import type { FieldScan } from './field-scan.ts';
import { NO_KEY } from './known-keys.ts';
import type { ParseState } from './parse-state.ts';
import { writeCanonicalKey } from './key-scan.ts';

const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Finds the series of the scanned key, without adding it, and its measurement. */
export function locateSeries(state: ParseState, start: number): MeasurementBuilder {
  const { keyScan, series, spot } = state;
  if (keyScan.sorted) {
    spot.words = state.words;
    spot.start = start;
    spot.end = keyScan.end;
  } else {
    spot.words = state.canonicalWords;
    spot.start = 0;
    spot.end = writeCanonicalKey(state.bytes, start, keyScan, state.canonicalKey);
  }
  spot.hash = hashKey(spot.words, spot.start, spot.end);
  spot.id = series.keys.find(spot.words, spot.start, spot.end, spot.hash);
  const ordinal =
    spot.id >= 0 ? series.measurementOf(spot.id) : series.findMeasurement(spot.words, spot.start, spot.end);
  if (ordinal < 0) return measurementBuilder(state.batch, measurementName(state, start));
  return state.measurements.get(ordinal) ?? addMeasurement(state, ordinal);
}

function addMeasurement(state: ParseState, ordinal: number): MeasurementBuilder {
  const measurement = measurementBuilder(state.batch, state.series.measurements[ordinal]);
  state.measurements.set(ordinal, measurement);
  return measurement;
}

function measurementName(state: ParseState, start: number): string {
  return decodeMeasurement(textAt(state.bytes, start, state.keyScan.measurementEnd));
}

/** Why the series of the last `locateSeries` may not be added; null = it is there already, or may be. */
export function seriesRefusal({ admit, spot }: ParseState): string | null {
  if (admit === null || spot.id >= 0) return null;
  const { buffer, byteOffset } = spot.words;
  return admit(Buffer.from(buffer, byteOffset + spot.start, spot.end - spot.start).toString('utf8'));
}

/** Whether every field of the line is named `time`: InfluxDB has nothing to store then. */
export function hasOnlyTime(bytes: Uint8Array, scan: FieldScan): boolean {
  for (let field = 0; field < scan.count; field++) {
    if (!isTime(bytes, scan.spans[4 * field], scan.spans[4 * field + 1])) return false;
  }
  return true;
}

function isTime(bytes: Uint8Array, start: number, end: number): boolean {
  return (
    end - start === 4 &&
    bytes[start] === 0x74 &&
    bytes[start + 1] === 0x69 &&
    bytes[start + 2] === 0x6d &&
    bytes[start + 3] === 0x65
  );
}

/** Adds a row with the values of the scanned fields, at the state's time, to the series of the last `locateSeries`. */
export function storeRow(state: ParseState, start: number, measurement: MeasurementBuilder): void {
  const { batch, fieldScan, seconds, nanos } = state;
  const table = tableFor(batch, measurement, seconds, nanos, fieldScan.count, start);
  const row = table.rowCount;
  let previous: FieldBuilder | null = null;
  for (let span = 0; span < 4 * fieldScan.count; span += 4) {
    const nameStart = fieldScan.spans[span];
    const nameEnd = fieldScan.spans[span + 1];
    // A field named `time` beside others is left out without a word, as in InfluxDB.
    if (isTime(state.bytes, nameStart, nameEnd)) continue;
    const field = fieldAt(state, table, nameStart, nameEnd);
    storeValue(batch, table, field, state.bytes, row, fieldScan.spans[span + 2], fieldScan.spans[span + 3]);
    // The fast path cannot match an odd name, so the guess stays what it was.
    if (field.length === 0) continue;
    if (previous === null) table.firstField = field;
    else previous.following = field;
    previous = field;
  }
  table.seriesIds[row] = keepSeries(state, start, measurement);
  table.times[row] = (seconds - table.baseSeconds) * 1e9 + (nanos - table.baseNanos);
  table.rowCount = row + 1;
  table.valueCount += fieldScan.count;
  state.rowCount++;
}

/** Adds the series of the last `locateSeries` to the table if it is new, and remembers its spelling. Returns its id. */
export function keepSeries(state: ParseState, start: number, measurement: MeasurementBuilder): number {
  const { series, spot } = state;
  if (spot.id < 0) {
    spot.id = series.internWords(spot.words, spot.start, spot.end, spot.hash);
    state.measurements.set(series.measurementOf(spot.id), measurement);
  }
  rememberKey(state, start);
  return spot.id;
}

function fieldAt(state: ParseState, table: TableBuilder, start: number, end: number): FieldBuilder {
  const { bytes, words } = state;
  if (!isPlainName(bytes, start, end)) return oddField(table, unescapeName(textAt(bytes, start, end)));
  const hash = hashKey(words, start, end);
  return findPlainField(table, words, start, end, hash) ?? addPlainField(table, words, start, end, hash);
}

function isPlainName(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > MAX_PLAIN_NAME) return false;
  for (let at = start; at < end; at++) if (bytes[at] === BACKSLASH || bytes[at] === QUOTE) return false;
  return true;
}

/** InfluxDB also takes the backslash away from before a quote here, unlike in tags. */
function unescapeName(name: string): string {
  return name.replace(/\\([,"= ])/g, '$1');
}

function textAt(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}

function storeValue(
  batch: BatchBuilder,
  table: TableBuilder,
  field: FieldBuilder,
  bytes: Uint8Array,
  row: number,
  start: number,
  end: number,
): void {
  const type = valueType(bytes, start, end);
  const column = columnOf(batch, table, field, type);
  // The last value of a field in a line wins, also over one of another type.
  for (const other of field.columns) undoColumn(other, row);
  if (column.capacity <= row) growColumnTo(batch, column, table.capacity);
  if (type === 'string') putString(column, row, bytes, start + 1, end - 1);
  else if (type === 'boolean') putNumber(column, row, booleanAt(bytes, start, end));
  else if (type === 'float') putNumber(column, row, floatAt(bytes, start, end));
  else {
    const value = integerAt(bytes, start, end - 1);
    if (typeof value === 'number') putNumber(column, row, value);
    else putWide(column, row, BigInt.asIntN(64, value));
  }
}

function valueType(bytes: Uint8Array, start: number, end: number): FieldType {
  const first = bytes[start];
  if (first === QUOTE) return 'string';
  if (first > 0x39) return 'boolean';
  const last = bytes[end - 1];
  return last === 0x69 ? 'integer' : last === 0x75 ? 'unsigned' : 'float';
}

/** Makes the key known to the fast path, which takes no key with control characters. */
function rememberKey(state: ParseState, start: number): void {
  const { bytes, words, keys, keyScan, spot } = state;
  let ref = NO_KEY;
  if (isPlainKey(bytes, start, keyScan.end)) {
    if (keyScan.sorted) ref = 2 * spot.id;
    else {
      ref = keys.find(words, start, keyScan.end);
      if (ref === NO_KEY) ref = keys.addAlias(words, start, keyScan.end, spot.id);
    }
    if (ref !== NO_KEY) keys.follow(keys.last, ref);
  }
  keys.last = ref;
}

function isPlainKey(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] < SPACE) return false;
  return end - start <= MAX_PLAIN_NAME;
}
