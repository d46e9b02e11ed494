// Times as text: the strings that a condition on `time` takes, and RFC 3339 back.
//
//     '2000-01-01'   '2000-01-01 00:00:00[.123456789]'   '2000-01-01T00:00:00[.123456789]Z'   '…+02:00'
//
// Without an offset the text is wall time in the query's zone. The year has four digits, so every time that can be
// written is exact, though it may lie beyond what can be stored.
import { WeirError } from '../../base/index.ts';
import { floorDiv, wallTimeToUtc } from '../../model/index.ts';

const SECOND_NS = 1_000_000_000n;

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATE_AND_TIME = /^(\d{4})-(\d{2})-(\d{2})[ ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?$/;
const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d+))?(Z|[+-]\d{2}:\d{2})$/;

/** Whether a string begins like a time, so that it is one or an error. */
export function looksLikeTime(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}/.test(text) && !text.slice(10).startsWith('\n');
}

/** Nanoseconds since the epoch, or undefined for what is no time. */
export function parseTimeText(text: string, timeZone: string): bigint | undefined {
  const local = DATE.exec(text) ?? DATE_AND_TIME.exec(text);
  if (local !== null) {
    const wallNs = wallTime(local);
    return wallNs === undefined ? undefined : wallTimeToUtc(timeZone, wallNs);
  }
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const wallNs = wallTime(match);
  const offsetSeconds = parseOffset(match[8]);
  return wallNs === undefined || offsetSeconds === undefined ? undefined : wallNs - offsetSeconds * SECOND_NS;
}

/** As `parseTimeText`, but throws `invalid`. */
export function requireTime(text: string, timeZone: string): bigint {
  const ns = parseTimeText(text, timeZone);
  if (ns === undefined) throw new WeirError('invalid', 'invalid timestamp string');
  return ns;
}

/** `2000-01-01T00:00:00.5Z`: nanoseconds without trailing zeros. */
export function formatRfc3339(ns: bigint): string {
  const seconds = floorDiv(ns, SECOND_NS);
  const fraction = (ns - seconds * SECOND_NS).toString().padStart(9, '0').replace(/0+$/, '');
  const [date] = new Date(Number(seconds) * 1000).toISOString().split('.');
  return `${date}${fraction === '' ? '' : `.${fraction}`}Z`;
}

/** Year, month, day, hour, minute, second and fraction of the match, as if they were UTC. */
function wallTime(match: RegExpExecArray): bigint | undefined {
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = ''] = match;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const seconds = BigInt(date.getTime()) / 1000n + BigInt(Number(hour) * 3600 + Number(minute) * 60 + Number(second));
  return seconds * SECOND_NS + BigInt(fraction.slice(0, 9).padEnd(9, '0'));
}

function parseOffset(text: string): bigint | undefined {
  if (text === 'Z') return 0n;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(4, 6));
  if (hours > 24 || minutes > 60) return undefined;
  return BigInt((text.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60));
}
