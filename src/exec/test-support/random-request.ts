// Random requests over random data.
import type { TimeRange } from '../../model/index.ts';
import type { AggregateCall, AggregateKind, AggregateRequest, ScanRequest, Windows } from '../plan.ts';
import { type SkippedWindows, newSkipped, skip } from '../skipped.ts';
import { windowCount } from '../windows.ts';
import { FIELDS, type RandomData } from './random-data.ts';
import { randomPredicate } from './random-predicate.ts';
import type { Random } from './random.ts';

const FIELD_NAMES = [...FIELDS.keys(), 'absent'];
const NUMBER_KINDS: readonly AggregateKind[] = [
  'sum',
  'mean',
  'spread',
  'stddev',
  'percentile',
  'median',
  'integral',
  'increase',
  'top',
  'bottom',
];
const ORDER_KINDS: readonly AggregateKind[] = ['min', 'max'];
const ANY_KINDS: readonly AggregateKind[] = ['count', 'first', 'last', 'mode', 'distinct', 'count-distinct', 'sample'];

/** The kinds that a field of random-data.ts allows, whatever types `mixed` has. */
export function kindsFor(field: string): readonly AggregateKind[] {
  const type = FIELDS.get(field);
  if (type === undefined) return [...NUMBER_KINDS, ...ORDER_KINDS, ...ANY_KINDS];
  if (type === 'mixed' || type === 'string') return ANY_KINDS;
  return type === 'boolean' ? [...ORDER_KINDS, ...ANY_KINDS] : [...NUMBER_KINDS, ...ORDER_KINDS, ...ANY_KINDS];
}

export function randomRange(random: Random, data: RandomData): TimeRange {
  if (random.chance(0.4)) return data.range;
  const slots = Number((data.range.endNs - data.range.startNs) / data.stepNs);
  const from = random.integer(0, slots - 1);
  const to = random.integer(from + 1, slots);
  return {
    startNs: data.range.startNs + BigInt(from) * data.stepNs,
    endNs: data.range.startNs + BigInt(to) * data.stepNs,
  };
}

export function randomWindows(random: Random, data: RandomData, range: TimeRange): Windows {
  const kind = random.pick(['all', 'every', 'every', 'edges'] as const);
  if (kind === 'all') return { kind };
  const spanNs = range.endNs - range.startNs;
  if (kind === 'every') {
    const everyNs = data.stepNs * BigInt(random.integer(1, random.pick([2, 10, 200])));
    const originNs = range.startNs - BigInt(random.integer(0, 3)) * data.stepNs;
    const full = Number((range.endNs - originNs + everyNs - 1n) / everyNs);
    return { kind, originNs, everyNs, count: random.chance(0.8) ? full : random.integer(0, full + 2) };
  }
  const edges = Array.from({ length: random.integer(1, 8) }, () =>
    Number((spanNs * BigInt(random.integer(-1, 11))) / 10n),
  );
  const sorted = edges.sort((a, b) => a - b).map((offset) => range.startNs + BigInt(offset));
  return { kind, edgesNs: BigInt64Array.from(sorted) };
}

export function randomScan(random: Random, data: RandomData): ScanRequest {
  const fields = FIELD_NAMES.filter(() => random.chance(0.35));
  return {
    tables: data.tables,
    seriesIds: data.seriesIds,
    range: randomRange(random, data),
    fields: random.chance(0.05) ? [] : fields.length > 0 ? fields : ['float'],
    filter: random.chance(0.5) ? randomPredicate(random) : null,
    limit: random.chance(0.4) ? random.integer(1, 30) : undefined,
    descending: random.chance(0.5),
  };
}

export function randomAggregate(random: Random, data: RandomData, kinds?: readonly AggregateKind[]): AggregateRequest {
  const scan = randomScan(random, data);
  const fields = scan.fields.length > 0 ? scan.fields : ['float'];
  const groupCount = random.integer(1, 4);
  const windows = randomWindows(random, data, scan.range);
  const calls = Array.from({ length: random.integer(1, 6) }, () => randomCall(random, fields, kinds)).filter(
    (call) => call !== null,
  );
  return {
    ...scan,
    limit: undefined,
    fields,
    windows,
    groups: data.seriesIds.map(() => random.integer(0, groupCount - 1)),
    groupCount,
    calls,
    skipped: random.chance(0.2) ? randomSkipped(random, data.seriesIds.length, windowCount(windows)) : undefined,
  };
}

function randomSkipped(random: Random, series: number, windows: number): SkippedWindows {
  const skipped = newSkipped(series, windows);
  const share = random.pick([0.1, 0.5, 1]);
  for (let bit = 0; bit < series * windows; bit++) if (random.chance(share)) skip(skipped, bit);
  return skipped;
}

function randomCall(random: Random, fields: readonly string[], kinds?: readonly AggregateKind[]): AggregateCall | null {
  const field = random.integer(0, fields.length - 1);
  const allowed = kindsFor(fields[field]).filter((kind) => kinds === undefined || kinds.includes(kind));
  if (allowed.length === 0) return null;
  const kind = random.pick(allowed);
  switch (kind) {
    case 'percentile':
      return { kind, field, argument: random.pick([0, 1, 25, 50, 90, 99.9, 100]) };
    case 'top':
    case 'bottom':
    case 'sample':
      return { kind, field, argument: random.integer(1, random.pick([3, 40])) };
    case 'integral':
      return { kind, field, argument: random.pick([1e9, 1, 6e10]) };
    default:
      return { kind, field };
  }
}
