// Times of an answer as bytes: RFC 3339 with trimmed nanoseconds, or whole numbers of the request's epoch unit.
// A time comes as a base (bigint, once a batch) and an offset (a row's Float64), so that no row costs a bigint:
//
//     base + offset ──► seconds + nanos (both exact as Float64) ──► date of the day (cached) + hh:mm:ss + .fraction
import type { UtcOffset } from '../../influxql/index.ts';
import type { ByteBuffer } from './byte-buffer.ts';
import { putAscii, putPadded, putWhole } from './number-text.ts';

/** Nanoseconds of one unit of an integer time; null = RFC 3339. */
export type EpochUnitNs = number | null;

const UNITS: ReadonlyMap<string, number> = new Map([
  ['u', 1e3],
  ['ms', 1e6],
  ['s', 1e9],
  ['m', 60e9],
  ['h', 3600e9],
]);

/** The request's `epoch`. As in InfluxDB, any other non-empty text means nanoseconds. */
export function epochUnit(epoch: string): EpochUnitNs {
  return epoch === '' ? null : (UNITS.get(epoch) ?? 1);
}

const BILLION = 1e9;
const DAY_SECONDS = 86_400;
/** Below this, microseconds are exact as Float64. */
const EXACT_SECONDS = 9e9;
const [QUOTE, COLON, DOT, ZERO] = [0x22, 0x3a, 0x2e, 0x30];

export class TimeText {
  readonly #unitNs: EpochUnitNs;
  #baseNs = 0n;
  #baseSeconds = 0;
  #baseNanos = 0;
  #day = Number.NaN;
  #date = '';
  /** The time last put, as whole seconds since 1970 and nanoseconds in [0, 1e9). */
  seconds = 0;
  nanos = 0;

  constructor(unitNs: EpochUnitNs) {
    this.#unitNs = unitNs;
  }

  /** The base of the offsets that follow. */
  setBase(baseNs: bigint): void {
    if (baseNs === this.#baseNs) return;
    this.#baseNs = baseNs;
    this.#baseSeconds = Number(baseNs / 1_000_000_000n);
    this.#baseNanos = Number(baseNs % 1_000_000_000n);
  }

  /** Appends a time: a quoted string, or an integer. */
  put(sink: ByteBuffer, offset: number, utcOffset: UtcOffset | undefined): void {
    const unitNs = this.#unitNs;
    if (unitNs !== null) this.putEpoch(sink, offset, unitNs);
    else {
      sink.reserve(40);
      sink.bytes[sink.at++] = QUOTE;
      this.#putRfc3339(sink, offset, utcOffset);
      sink.bytes[sink.at++] = QUOTE;
    }
  }

  /** Appends base + offset in whole units, truncated towards zero as Go's division does. */
  putEpoch(sink: ByteBuffer, offset: number, unitNs: number): void {
    this.split(offset);
    const { seconds, nanos } = this;
    if (seconds < 0 || seconds > EXACT_SECONDS) putAscii(sink, `${(this.#baseNs + BigInt(offset)) / BigInt(unitNs)}`);
    else if (unitNs === 1 && seconds > 0) {
      putWhole(sink, seconds);
      putPadded(sink, nanos, 9);
    } else if (unitNs < BILLION) putWhole(sink, seconds * (BILLION / unitNs) + Math.floor(nanos / unitNs));
    else putWhole(sink, Math.floor(seconds / (unitNs / BILLION)));
  }

  /** Sets `seconds` and `nanos` to base + offset. */
  split(offset: number): void {
    const offsetSeconds = Math.floor(offset / BILLION);
    const sum = this.#baseNanos + (offset - offsetSeconds * BILLION);
    const carry = Math.floor(sum / BILLION);
    this.seconds = this.#baseSeconds + offsetSeconds + carry;
    this.nanos = sum - carry * BILLION;
  }

  #putRfc3339(sink: ByteBuffer, offset: number, utcOffset: UtcOffset | undefined): void {
    this.split(offset);
    const eastSeconds = utcOffset === undefined ? 0 : utcOffset(this.#baseNs + BigInt(offset));
    const local = this.seconds + eastSeconds;
    const day = Math.floor(local / DAY_SECONDS);
    if (day !== this.#day) {
      this.#day = day;
      this.#date = new Date(day * DAY_SECONDS * 1000).toISOString().slice(0, 11);
    }
    putAscii(sink, this.#date);
    putClock(sink, local - day * DAY_SECONDS);
    if (this.nanos > 0) putFraction(sink, this.nanos);
    putZone(sink, eastSeconds);
  }
}

function putClock(sink: ByteBuffer, secondOfDay: number): void {
  const hour = Math.floor(secondOfDay / 3600);
  const minute = Math.floor((secondOfDay - hour * 3600) / 60);
  putTwo(sink, hour);
  sink.bytes[sink.at++] = COLON;
  putTwo(sink, minute);
  sink.bytes[sink.at++] = COLON;
  putTwo(sink, secondOfDay - hour * 3600 - minute * 60);
}

function putTwo(sink: ByteBuffer, value: number): void {
  const tens = (value * 205) >> 11;
  sink.bytes[sink.at++] = ZERO + tens;
  sink.bytes[sink.at++] = ZERO + value - 10 * tens;
}

function putFraction(sink: ByteBuffer, nanos: number): void {
  sink.bytes[sink.at++] = DOT;
  putPadded(sink, nanos, 9);
  while (sink.bytes[sink.at - 1] === ZERO) sink.at--;
}

/** `Z` at UTC, else `+hh:mm`; seconds of old local times are dropped, as Go does. */
function putZone(sink: ByteBuffer, eastSeconds: number): void {
  if (eastSeconds === 0) {
    putAscii(sink, 'Z');
    return;
  }
  const minutes = Math.trunc(Math.abs(eastSeconds) / 60);
  putAscii(sink, eastSeconds < 0 ? '-' : '+');
  putTwo(sink, Math.floor(minutes / 60));
  sink.bytes[sink.at++] = COLON;
  putTwo(sink, minutes % 60);
}
