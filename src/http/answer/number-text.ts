// Numbers as bytes, in the form that Go's encoding/json and encoding/csv give them.
import type { ByteBuffer } from './byte-buffer.ts';

const MINUS = 0x2d;
const ZERO = 0x30;

/** Appends a whole number with 0 <= value <= 2^53. */
export function putWhole(sink: ByteBuffer, value: number): void {
  sink.reserve(16);
  const { bytes } = sink;
  let length = 1;
  for (let bound = 10; bound <= value; bound *= 10) length++;
  let rest = value;
  for (let at = sink.at + length; at > sink.at; ) {
    const tens = Math.floor(rest / 10);
    bytes[--at] = ZERO + (rest - 10 * tens);
    rest = tens;
  }
  sink.at += length;
}

/** Appends a whole number with leading zeros up to `digits`. */
export function putPadded(sink: ByteBuffer, value: number, digits: number): void {
  sink.reserve(digits);
  let rest = value;
  for (let at = sink.at + digits; at > sink.at; ) {
    const tens = Math.floor(rest / 10);
    sink.bytes[--at] = ZERO + (rest - 10 * tens);
    rest = tens;
  }
  sink.at += digits;
}

/** Appends text that is known to be ASCII. */
export function putAscii(sink: ByteBuffer, text: string): void {
  sink.reserve(text.length);
  const { bytes } = sink;
  let { at } = sink;
  for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
  sink.at = at;
}

/** A finite number as JSON: Go and ECMAScript agree on digits and on the borders of the exponent form (1e21, 1e-6), not on -0. */
export function putJsonNumber(sink: ByteBuffer, value: number): void {
  const whole = value | 0;
  if (whole !== value) putAscii(sink, `${value}`);
  else if (whole > 0) putWhole(sink, whole);
  else if (whole < 0) {
    sink.reserve(1);
    sink.bytes[sink.at++] = MINUS;
    putWhole(sink, -whole);
  } else putAscii(sink, Object.is(value, -0) ? '-0' : '0');
}

/** A number as CSV has it: never with an exponent; NaN, +Inf and -Inf by name. */
export function putCsvNumber(sink: ByteBuffer, value: number): void {
  if (!Number.isFinite(value)) putAscii(sink, nameOfNonFinite(value));
  else if (Math.abs(value) < 1e21 && (Math.abs(value) >= 1e-6 || value === 0)) putJsonNumber(sink, value);
  else putAscii(sink, withoutExponent(value));
}

/** `NaN`, `+Inf` or `-Inf`. */
export function nameOfNonFinite(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** The shortest digits of a very large or small number, with zeros instead of an exponent. */
export function withoutExponent(value: number): string {
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(`${value}`);
  if (match === null) return `${value}`;
  const [, sign, first, fraction = '', exponentText] = match;
  const digits = first + fraction;
  const exponent = Number(exponentText);
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  if (fraction.length <= exponent) return sign + digits + '0'.repeat(exponent - fraction.length);
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}
