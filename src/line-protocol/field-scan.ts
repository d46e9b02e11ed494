// The middle part of a line, `field=value,…`, in full: every rule and error, and where each name and value stands. Fast
// lines do not come here, see `known-lines.ts`.
//
// InfluxDB looks at the part twice, first at its values and then at its names, and reports the first error of the first
// look before any error of the second. So does this.
import { keyTooLong, MAX_KEY_BYTES } from './key-scan.ts';
import { bareValueEnd, booleanAt, checkNumber } from './number-scan.ts';

const NUL = 0x00;
const TAB = 0x09;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const SPACE = 0x20;

/** Bytes between key and field name in the keys of InfluxDB's storage, which its limit counts. */
const KEY_FIELD_SEPARATOR_BYTES = 4;

/** What `scanFields` finds out. Reused from line to line. */
export interface FieldScan {
  /** Just behind the fields. */
  end: number;
  count: number;
  /** Field f: name at [4f] to [4f + 1], value at [4f + 2] to [4f + 3]; a string's value includes its quotes. */
  spans: Int32Array;
}

export function newFieldScan(): FieldScan {
  return { end: 0, count: 0, spans: new Int32Array(4 * 32) };
}

/**
 * Reads the fields that start at `start` of a line that ends at `end` and has a key of `keyBytes`. There is at least one
 * byte before `start`. Returns what is wrong with them, or null.
 */
export function scanFields(
  bytes: Uint8Array,
  start: number,
  end: number,
  keyBytes: number,
  unsigned: boolean,
  scan: FieldScan,
): string | null {
  return scanValues(bytes, start, end, unsigned, scan) ?? scanNames(bytes, start, keyBytes, scan);
}

/** The first look: finds the end of the part, and checks numbers, booleans, quotes and that commas and `=` alternate. */
function scanValues(bytes: Uint8Array, start: number, end: number, unsigned: boolean, scan: FieldScan): string | null {
  let quoted = false;
  let equals = 0;
  let commas = 0;
  let at = start;
  while (at < end) {
    const byte = bytes[at];
    if (byte === BACKSLASH && at + 1 < end) {
      at += 2;
    } else if (byte === QUOTE && equals > commas) {
      quoted = !quoted;
      at++;
    } else if (quoted) {
      at++;
    } else if (byte === EQUALS) {
      equals++;
      if ((bytes[at - 1] === SPACE || bytes[at - 1] === COMMA) && bytes[at - 2] !== BACKSLASH)
        return 'missing field key';
      const first = at + 1 < end ? bytes[at + 1] : SPACE;
      if (first === COMMA || first === SPACE) return 'missing field value';
      at++;
      if (first === QUOTE) continue;
      const valueEnd = bareValueEnd(bytes, at, end);
      const reason = checkBareValue(bytes, at, valueEnd, unsigned);
      if (reason !== null) return reason;
      at = valueEnd;
    } else if (byte === SPACE) {
      break;
    } else {
      if (byte === COMMA) commas++;
      at++;
    }
  }
  scan.end = at;
  if (quoted) return 'unbalanced quotes';
  return equals === 0 || commas !== equals - 1 ? 'invalid field format' : null;
}

function checkBareValue(bytes: Uint8Array, start: number, end: number, unsigned: boolean): string | null {
  const first = bytes[start];
  const isNumber = (first >= 0x30 && first <= 0x39) || first === 0x2e || first === 0x2d || (first | 0x20) === 0x6e;
  if (isNumber) return checkNumber(bytes, start, end, unsigned);
  return booleanAt(bytes, start, end) < 0 ? 'invalid boolean' : null;
}

/**
 * The second look: takes the fields apart. Where InfluxDB would store something odd without a word (text behind a closing
 * quote, an unescaped comma in a name or a blank before it, an empty name), this is an error.
 */
function scanNames(bytes: Uint8Array, start: number, keyBytes: number, scan: FieldScan): string | null {
  scan.count = 0;
  const end = scan.end;
  for (let at = start; ; at++) {
    const nameStart = at;
    // InfluxDB would skip a blank here in the first field only, and store one that no line can name in another.
    let isOdd = bytes[at] === NUL || bytes[at] === TAB;
    while (at < end && (bytes[at] !== EQUALS || (at > nameStart && bytes[at - 1] === BACKSLASH))) {
      if (bytes[at] === COMMA && bytes[at - 1] !== BACKSLASH) isOdd = true;
      at++;
    }
    if (at + 1 >= end) {
      return `invalid value: field-key=${Buffer.from(bytes.subarray(nameStart, Math.min(at, nameStart + 256))).toString('utf8')}`;
    }
    if (at === nameStart) return 'missing field key';
    const size = keyBytes + KEY_FIELD_SEPARATOR_BYTES + (at - nameStart);
    if (size > MAX_KEY_BYTES) return keyTooLong(size);
    if (isOdd) return 'invalid field format';
    const valueStart = at + 1;
    const valueEnd =
      bytes[valueStart] === QUOTE ? stringEnd(bytes, valueStart, end) : bareValueEnd(bytes, valueStart, end);
    if (valueEnd < 0 || (valueEnd < end && bytes[valueEnd] !== COMMA)) return 'invalid field format';
    addSpan(scan, nameStart, at, valueStart, valueEnd);
    if (valueEnd >= end) return null;
    at = valueEnd;
  }
}

/** Just behind the closing quote of the string that opens at `start`; -1 when it has none. */
function stringEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start + 1; at < end; at++) {
    if (bytes[at] === BACKSLASH && (bytes[at + 1] === QUOTE || bytes[at + 1] === BACKSLASH)) at++;
    else if (bytes[at] === QUOTE) return at + 1;
  }
  return -1;
}

function addSpan(scan: FieldScan, nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
  const at = 4 * scan.count;
  if (at === scan.spans.length) {
    const grown = new Int32Array(2 * at);
    grown.set(scan.spans);
    scan.spans = grown;
  }
  scan.spans[at] = nameStart;
  scan.spans[at + 1] = nameEnd;
  scan.spans[at + 2] = valueStart;
  scan.spans[at + 3] = valueEnd;
  scan.count++;
}
