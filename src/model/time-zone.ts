// Wall time in the zones of `tz('Europe/Berlin')`: what the offset from UTC is at a time, and what time a wall clock means.
import { floorDiv } from './time.ts';

const SECOND_NS = 1_000_000_000n;

interface Zone {
  readonly format: Intl.DateTimeFormat;
  /** Offsets by UTC hour: no zone changes its offset within one but at its start, half or quarter. */
  readonly offsets: Map<number, number>;
}

const zones = new Map<string, Zone | null>();

/** Quarters of an hour: rules change at multiples of it. */
const STEP_SECONDS = 900;
const MAX_CACHED_OFFSETS = 100_000;

/** Whether the time zone database knows the name. Empty and `UTC` are UTC, `Local` is the server's. */
export function isTimeZone(name: string): boolean {
  return name === '' || name === 'UTC' || zoneOf(name) !== null;
}

/** Seconds east of UTC at a time, in a zone that exists. */
export function utcOffsetSeconds(name: string, timeNs: bigint): number {
  const zone = name === '' || name === 'UTC' ? null : zoneOf(name);
  if (zone === null) return 0;
  const step = Math.floor(Number(floorDiv(timeNs, SECOND_NS)) / STEP_SECONDS);
  let offset = zone.offsets.get(step);
  if (offset === undefined) {
    offset = lookUpOffset(zone, step * STEP_SECONDS);
    if (zone.offsets.size >= MAX_CACHED_OFFSETS) zone.offsets.clear();
    zone.offsets.set(step, offset);
  }
  return offset;
}

/**
 * The time at which the zone's clocks show `wallNs` (the wall reading as if it were UTC). Of two such times the earlier
 * one; where clocks skip the reading, the one that the offset before the gap gives.
 */
export function wallTimeToUtc(name: string, wallNs: bigint): bigint {
  const at = (offset: number): bigint => wallNs - BigInt(offset) * SECOND_NS;
  const before = utcOffsetSeconds(name, wallNs - 86_400n * SECOND_NS);
  if (utcOffsetSeconds(name, at(before)) === before) return at(before);
  const after = utcOffsetSeconds(name, wallNs + 86_400n * SECOND_NS);
  return utcOffsetSeconds(name, at(after)) === after ? at(after) : at(before);
}

function zoneOf(name: string): Zone | null {
  let zone = zones.get(name);
  if (zone === undefined) {
    zone = openZone(name);
    if (zones.size < 1000) zones.set(name, zone);
  }
  return zone;
}

function openZone(name: string): Zone | null {
  // Intl also takes bare offsets such as `+05:00`, which are not names.
  if (!/^[A-Za-z]/.test(name)) return null;
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: name === 'Local' ? undefined : name,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    return { format, offsets: new Map() };
  } catch {
    return null;
  }
}

function lookUpOffset(zone: Zone, utcSeconds: number): number {
  const parts = new Map(zone.format.formatToParts(utcSeconds * 1000).map((part) => [part.type, part.value]));
  const field = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
  const wallMs = Date.UTC(
    field('year'),
    field('month') - 1,
    field('day'),
    field('hour'),
    field('minute'),
    field('second'),
  );
  return wallMs / 1000 - utcSeconds;
}
