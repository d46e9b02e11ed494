// One line by the whole grammar: where it ends, what is wrong with it, and its values into the batch. Plain and careful;
// `known-lines.ts` is for lines that need no care. The rules, their order and their texts are those of InfluxDB 1.8.
import { isUtf8 } from 'node:buffer';
import { hasTimeTag, scanKey } from './key-scan.ts';
import { reportDrop, reportError } from './line-report.ts';
import type { ParseState } from './parse-state.ts';
import { hasOnlyTime, locateSeries, seriesRefusal, storeRow } from './store-row.ts';
import { scanFields } from './field-scan.ts';
import { scanTime, skipBlanks } from './time-scan.ts';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const HASH = 0x23;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

/** Reads one line at the state's position and moves behind it. */
export function parseAnyLine(state: ParseState): void {
  const { bytes, end: bodyEnd } = state;
  const start = skipBlanks(bytes, state.position, bodyEnd);
  if (start < bodyEnd && bytes[start] === HASH) {
    const newline = bytes.indexOf(NEWLINE, start);
    state.position = newline < 0 || newline > bodyEnd ? bodyEnd : newline + 1;
    return;
  }
  const newline = lineEnd(bytes, start, bodyEnd);
  state.position = newline + 1;
  const end = newline > start && bytes[newline - 1] === RETURN ? newline - 1 : newline;
  if (end === start) return;
  const reason = parseLine(state, start, end);
  if (reason !== null) reportError(state.report, start, end, reason);
}

/**
 * Where the line that starts at `start` ends: at a newline outside of quotes and without an escaping backslash. Quotes
 * count from the end of the key on, where a value stands. For well-formed lines this agrees with the scans of key and
 * fields; for others it decides how much of the body goes with the line.
 */
function lineEnd(bytes: Uint8Array, start: number, end: number): number {
  let inFields = false;
  let quoted = false;
  let equals = 0;
  let commas = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at];
    if (byte === BACKSLASH) {
      if (at + 2 < end) at++;
    } else if (byte === NEWLINE) {
      if (!quoted) return at;
    } else if (byte === SPACE) {
      if (bytes[at - 1] !== BACKSLASH) inFields = true;
    } else if (inFields) {
      if (byte === QUOTE) {
        if (equals > commas) quoted = !quoted;
      } else if (!quoted) {
        if (byte === EQUALS) equals++;
        else if (byte === COMMA) commas++;
      }
    }
  }
  return end;
}

/** Adds the line at [start, end) to the batch, or drops its point, or returns what is wrong with it. */
function parseLine(state: ParseState, start: number, end: number): string | null {
  const { bytes, keyScan, fieldScan } = state;
  if (!state.isUtf8 && !isUtf8(bytes.subarray(start, end))) return 'invalid UTF-8';
  const keyReason = scanKey(bytes, start, end, keyScan);
  if (keyReason !== null) return keyReason;
  const fieldsStart = skipBlanks(bytes, keyScan.end, end);
  const fieldsReason = scanFields(bytes, fieldsStart, end, keyScan.end - start, state.unsigned, fieldScan);
  if (fieldsReason !== null) return fieldsReason;
  const timeReason = scanTime(state, fieldScan.end, end);
  if (timeReason !== null) return timeReason;

  const measurement = locateSeries(state, start);
  let refusal: string | null = null;
  if (hasTimeTag(bytes, keyScan)) {
    reportDrop(state.report, `invalid tag key: input tag "time" on measurement "${measurement.name}" is invalid`);
  } else if (hasOnlyTime(bytes, fieldScan)) {
    reportDrop(state.report, `invalid field name: input field "time" on measurement "${measurement.name}" is invalid`);
  } else if ((refusal = seriesRefusal(state)) !== null) {
    reportDrop(state.report, refusal);
  } else {
    storeRow(state, start, measurement);
  }
  return null;
}
