// Durations as InfluxQL reads them: `1h30m`, with InfluxDB's error texts. `us` is not among its units.
import { WeirError } from '../../base/index.ts';
import { DAY, HOUR, MICROSECOND, MILLISECOND, MINUTE, NANOSECOND, SECOND, WEEK } from '../../model/index.ts';

const UNITS: Readonly<Record<string, bigint>> = {
  ns: NANOSECOND,
  u: MICROSECOND,
  µ: MICROSECOND,
  ms: MILLISECOND,
  s: SECOND,
  m: MINUTE,
  h: HOUR,
  d: DAY,
  w: WEEK,
};

const INT64_MAX = 2n ** 63n - 1n;

/** Nanoseconds of a duration token, possibly with a sign in front. Throws `invalid`. */
export function parseDurationText(text: string): bigint {
  const negative = text.startsWith('-');
  const body = negative ? text.slice(1) : text;
  if (!/^(\d+(ns|ms|[uµsmhdw]))+$/.test(body)) throw new WeirError('invalid', 'invalid duration');
  let total = 0n;
  let last = '';
  for (const [part, count, unit] of body.matchAll(/(\d+)(ns|ms|[uµsmhdw])/g)) {
    if (BigInt(count) > INT64_MAX) throw new WeirError('invalid', 'invalid duration');
    total += BigInt(count) * UNITS[unit];
    last = part;
  }
  if (total > INT64_MAX) {
    throw new WeirError('invalid', `overflowed duration ${last}: choose a smaller duration or INF`);
  }
  return negative ? -total : total;
}
