// Numbers and booleans of fields: what is allowed, and their exact values. Positions are in the body.

const ZERO = 0x30;
const NINE = 0x39;
const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const COMMA = 0x2c;
const SPACE = 0x20;

const INT64_MAX = '9223372036854775807';
const INT64_MIN = '9223372036854775808';
const UINT64_MAX = '18446744073709551615';
/** Digits beyond this in an error's text are cut. */
const MAX_SHOWN_DIGITS = 64;

/** Where the value that starts at `at` ends: before the next comma or space, or at `end`. */
export function bareValueEnd(bytes: Uint8Array, at: number, end: number): number {
  let to = at;
  while (to < end && bytes[to] !== COMMA && bytes[to] !== SPACE) to++;
  return to;
}

/** What is wrong with the number at [start, end), which begins with a digit, `-`, `.`, `n` or `N`; or null. */
export function checkNumber(bytes: Uint8Array, start: number, end: number, unsigned: boolean): string | null {
  let at = bytes[start] === MINUS ? start + 1 : start;
  let digits = 0;
  let dots = 0;
  let exponent = false;
  let suffix = 0;
  for (; at < end; at++) {
    const byte = bytes[at];
    if (byte >= ZERO && byte <= NINE) digits++;
    else if ((byte === 0x69 || byte === 0x75) && suffix === 0) suffix = byte;
    else if (byte === DOT && dots === 0) dots++;
    else if (byte === 0x65 || byte === 0x45) exponent = true;
    else if (!((byte === PLUS || byte === MINUS) && (bytes[at - 1] | 0x20) === 0x65)) {
      return 'invalid number';
    }
  }
  if (suffix !== 0) {
    if (dots > 0 || exponent || digits === 0 || bytes[end - 1] !== suffix) return 'invalid number';
    return suffix === 0x69 ? checkInteger(bytes, start, end - 1) : checkUnsigned(bytes, start, end - 1, unsigned);
  }
  if (digits === 0 && !exponent) return 'invalid number';
  if ((exponent || end - start >= 25) && !isFloat(text(bytes, start, end))) return 'invalid float';
  return null;
}

/** Go's ParseFloat: it wants a digit before the exponent and one in it, and refuses what is beyond the largest double. */
function isFloat(value: string): boolean {
  const number = Number(value);
  return !Number.isNaN(number) && Number.isFinite(number);
}

function checkInteger(bytes: Uint8Array, start: number, end: number): string | null {
  const negative = bytes[start] === MINUS;
  if (!exceeds(bytes, negative ? start + 1 : start, end, negative ? INT64_MIN : INT64_MAX)) return null;
  const shown = shownDigits(bytes, start, end);
  return `unable to parse integer ${shown}: strconv.ParseInt: parsing "${shown}": value out of range`;
}

function checkUnsigned(bytes: Uint8Array, start: number, end: number, allowed: boolean): string | null {
  if (!allowed || bytes[start] === MINUS) return 'invalid number';
  if (!exceeds(bytes, start, end, UINT64_MAX)) return null;
  const shown = shownDigits(bytes, start, end);
  return `unable to parse unsigned ${shown}: strconv.ParseUint: parsing "${shown}": value out of range`;
}

/** Whether the digits at [start, end) are a number greater than `limit`. */
function exceeds(bytes: Uint8Array, start: number, end: number, limit: string): boolean {
  const from = skipZeros(bytes, start, end);
  if (end - from !== limit.length) return end - from > limit.length;
  return text(bytes, from, end) > limit;
}

function skipZeros(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end - 1 && bytes[at] === ZERO) at++;
  return at;
}

/** The digits for an error's text, as Go prints them. */
export function shownDigits(bytes: Uint8Array, start: number, end: number): string {
  return end - start <= MAX_SHOWN_DIGITS ? text(bytes, start, end) : `${text(bytes, start, start + MAX_SHOWN_DIGITS)}…`;
}

/** The value of digits, with or without a sign: a number where that is exact. They must have passed `checkNumber`. */
export function integerAt(bytes: Uint8Array, start: number, end: number): number | bigint {
  const negative = bytes[start] === MINUS;
  const from = skipZeros(bytes, negative ? start + 1 : start, end);
  const digits = text(bytes, from, end);
  const value = end - from <= 15 ? Number(digits) : BigInt(digits);
  if (typeof value === 'number') return negative && value !== 0 ? -value : value;
  const exact = value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
  return negative ? -exact : exact;
}

export function floatAt(bytes: Uint8Array, start: number, end: number): number {
  return Number(text(bytes, start, end));
}

/** 1 or 0 for the boolean at [start, end), -1 when it is none. */
export function booleanAt(bytes: Uint8Array, start: number, end: number): number {
  switch (end - start > 5 ? '' : text(bytes, start, end)) {
    case 't':
    case 'T':
    case 'true':
    case 'True':
    case 'TRUE':
      return 1;
    case 'f':
    case 'F':
    case 'false':
    case 'False':
    case 'FALSE':
      return 0;
    default:
      return -1;
  }
}

function text(bytes: Uint8Array, start: number, end: number): string {
  let value = '';
  if (end - start > 32) return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
  for (let at = start; at < end; at++) value += String.fromCharCode(bytes[at]);
  return value;
}
