// Whether two answers say the same. Everything must be equal, series order, columns and error texts included; only floats may
// differ in their last digits, as sums are not added up in one order.
import type { Answer } from './servers.ts';

const TOLERANCE = 1e-13;
const WHOLE_TOLERANCE = 1e-15;
const LARGE = 1e15;

/** A number as it was written: 64-bit integers are more than a double holds. */
interface Written {
  readonly written: string;
}

type Json = null | boolean | string | Written | readonly Json[] | { readonly [key: string]: Json };

export function sameAnswer(a: Answer, b: Answer): boolean {
  return a.status === b.status && sameBody(a.body, b.body);
}

export function sameBody(a: string, b: string): boolean {
  if (a === b) return true;
  const [left, right] = [parseBody(a), parseBody(b)];
  return left !== undefined && right !== undefined && sameJson(left, right);
}

/** Answers stand one a line. */
function parseBody(body: string): Json | undefined {
  try {
    return JSON.parse(
      `[${body.trim().split('\n').join(',')}]`,
      (_key, value: unknown, context?: { source?: string }) =>
        typeof value === 'number' ? { written: context?.source ?? String(value) } : value,
    ) as Json;
  } catch {
    return undefined;
  }
}

function sameJson(a: Json, b: Json): boolean {
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b;
  if (isWritten(a) || isWritten(b)) return isWritten(a) && isWritten(b) && sameNumber(a.written, b.written);
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, at) => sameJson(item, b[at]))
    );
  }
  const [left, right] = [Object.entries(a), Object.entries(b)];
  return (
    left.length === right.length &&
    left.every(([key, value], at) => key === right[at][0] && sameJson(value as Json, right[at][1] as Json))
  );
}

function isWritten(value: Json): value is Written {
  return typeof value === 'object' && value !== null && 'written' in value;
}

function sameNumber(a: string, b: string): boolean {
  if (a === b) return true;
  const [left, right] = [Number(a), Number(b)];
  // Zero is zero, whatever its sign.
  if (left === right && left === 0) return true;
  const whole = /^-?\d+$/.test(a) && /^-?\d+$/.test(b);
  // Of whole numbers only such as may be floats with rounded digits may differ, and only in the last of them.
  if (whole && Math.abs(left) < LARGE) return false;
  const tolerance = whole ? WHOLE_TOLERANCE : TOLERANCE;
  return Math.abs(left - right) <= tolerance * Math.max(Math.abs(left), Math.abs(right));
}
