// Which tiers answer a query, and over which spans of time: a choice over plain data, so that a test and EXPLAIN can print it.
//
//     1h   |=======================|                      the coarsest that gives the exact answer serves what it has whole,
//     5m   |                       |====|                 finer ones the edges and what is not in it yet,
//     base |                            |=>               the points the rest
import { type TimeRange, floorDiv, intersectRange, utcOffsetSeconds } from '../model/index.ts';

/** What a query asks of one measurement. */
export interface TierNeed {
  readonly range: TimeRange;
  /** Where within the range some calls begin or end to read: no row of a tier may reach across. Ascending. */
  readonly cuts?: readonly bigint[] | undefined;
  /** GROUP BY time; null = one window, the range. */
  readonly windows: { readonly everyNs: bigint; readonly offsetNs: bigint; readonly timeZone: string } | null;
  /** Functions by field, before any transformation of their results; null = rows are asked for. */
  readonly calls: readonly FieldCall[] | null;
  /** Only points themselves will do: their times are shown, or other columns beside them. */
  readonly needsPoints: boolean;
  /** Columns that conditions look at: where one of them is a field, only points will do, too. */
  readonly conditionNames: readonly string[];
  /** Of a window that is read as a row, the share that must be known; undefined = what the ladder says. */
  readonly knownShare?: number | undefined;
}

export interface FieldCall {
  readonly kind: string;
  /** null = any of the measurement. */
  readonly field: string | null;
}

export type Fitness = 'exact' | 'approximate' | 'none';

export interface TierSource {
  /** The policy's name. */
  readonly name: string;
  /** null = the base. */
  readonly stepNs: bigint | null;
  /** Steps begin at midnight of this zone. */
  readonly timeZone: string | null;
  /** What is older has expired. */
  readonly keptFromNs: bigint;
  /** Rows are complete before this, but for the dirty ranges. */
  readonly doneThroughNs: bigint;
  readonly dirty: readonly TimeRange[];
  /** Whether its states answer the calls. */
  readonly fitness: Fitness;
}

export interface Span {
  /** Index among the sources. */
  readonly source: number;
  readonly range: TimeRange;
  /** Points would give another answer, but they have expired. */
  readonly exact: boolean;
}

/** A stretch that no source answers. */
export interface UnansweredRange {
  readonly range: TimeRange;
  /** The tiers that hold some of it, and which part. */
  readonly holders: readonly { readonly source: number; readonly range: TimeRange }[];
}

/** More gaps than that in one tier are one gap: a plan stays short. */
const MAX_GAPS = 32;

/** Sources finest first, the base at 0. Spans are disjoint and ascend; what no source can answer is in none. */
export function chooseTiers(need: TierNeed, sources: readonly TierSource[]): readonly Span[] {
  const spans = cutRange(need).flatMap((range) => cover(need, sources, sources.length - 1, range));
  return mergeNeighbours(spans.flatMap((span) => (span.source === 0 ? withFallback(need, sources, span) : [span])));
}

function cutRange({ range, cuts = [] }: TierNeed): TimeRange[] {
  const edges = [range.startNs, ...cuts.filter((cut) => cut > range.startNs && cut < range.endNs), range.endNs];
  return edges.slice(1).map((endNs, index) => ({ startNs: edges[index], endNs }));
}

/** Whether the windows of the query are made of whole windows of the tier. */
export function divides(need: TierNeed, source: TierSource): boolean {
  const { stepNs } = source;
  if (stepNs === null) return true;
  const { windows } = need;
  if (source.timeZone !== null) return windows !== null && isSameZone(windows, source.timeZone, stepNs);
  if (windows === null) return true;
  if (windows.everyNs % stepNs !== 0n || windows.offsetNs % stepNs !== 0n) return false;
  return offsetsFit(windows.timeZone, need.range, stepNs);
}

function isSameZone(windows: NonNullable<TierNeed['windows']>, timeZone: string, stepNs: bigint): boolean {
  return windows.timeZone === timeZone && windows.everyNs % stepNs === 0n && windows.offsetNs === 0n;
}

/** Windows of a zone begin on whole steps where its offsets from UTC are. */
function offsetsFit(timeZone: string, range: TimeRange, stepNs: bigint): boolean {
  if (timeZone === '' || timeZone === 'UTC') return true;
  const second = 1_000_000_000n;
  if ((900n * second) % stepNs === 0n) return true;
  const ends = [range.startNs, range.endNs, (range.startNs + range.endNs) / 2n];
  return ends.every((timeNs) => (BigInt(utcOffsetSeconds(timeZone, timeNs)) * second) % stepNs === 0n);
}

/**
 * Whole steps of tiers in the asked range that no span covers, as no source can answer there: of points that have expired,
 * where what tiers keep does not do. Ascending, disjoint.
 */
export function unansweredRanges(
  need: TierNeed,
  sources: readonly TierSource[],
  spans: readonly Span[],
): readonly UnansweredRange[] {
  const ends = [...spans.map(({ range }) => range), { startNs: need.range.endNs, endNs: need.range.endNs }];
  let fromNs = need.range.startNs;
  return ends.flatMap(({ startNs, endNs }) => {
    const gap = { startNs: fromNs, endNs: startNs };
    fromNs = endNs;
    const holders = sources.flatMap((source, index) => {
      const held = intersectRange(gap, { startNs: source.keptFromNs, endNs: source.doneThroughNs });
      const steps = held && source.stepNs !== null ? wholeSteps(source, held, source.stepNs) : undefined;
      return steps === undefined ? [] : [{ source: index, range: steps }];
    });
    return holders.length === 0 ? [] : [{ range: gap, holders }];
  });
}

function cover(need: TierNeed, sources: readonly TierSource[], coarsest: number, range: TimeRange): Span[] {
  if (range.startNs >= range.endNs) return [];
  const source = sources[coarsest];
  if (coarsest === 0) return [{ source: 0, range, exact: true }];
  const fits = !need.needsPoints && need.calls !== null && source.fitness === 'exact' && divides(need, source);
  const parts = fits ? wholeParts(source, range) : [];
  const spans: Span[] = [];
  let fromNs = range.startNs;
  for (const part of parts) {
    spans.push(...cover(need, sources, coarsest - 1, { startNs: fromNs, endNs: part.startNs }));
    spans.push({ source: coarsest, range: part, exact: true });
    fromNs = part.endNs;
  }
  spans.push(...cover(need, sources, coarsest - 1, { startNs: fromNs, endNs: range.endNs }));
  return spans;
}

/** The stretches of the range in which the tier has whole, complete windows. Steps in a zone only serve where asked so. */
function wholeParts(source: TierSource, range: TimeRange): TimeRange[] {
  const stepNs = source.stepNs as bigint;
  const kept = intersectRange(range, { startNs: source.keptFromNs, endNs: source.doneThroughNs });
  if (kept === undefined) return [];
  const gaps = source.dirty.length > MAX_GAPS ? [hullOf(source.dirty)] : source.dirty;
  const parts: TimeRange[] = [];
  let fromNs = kept.startNs;
  for (const gap of [...gaps, { startNs: kept.endNs, endNs: kept.endNs }]) {
    const part = wholeSteps(
      source,
      { startNs: fromNs, endNs: gap.startNs < kept.endNs ? gap.startNs : kept.endNs },
      stepNs,
    );
    if (part !== undefined) parts.push(part);
    if (gap.endNs > fromNs) fromNs = gap.endNs;
    if (fromNs >= kept.endNs) break;
  }
  return parts;
}

function wholeSteps(source: TierSource, range: TimeRange, stepNs: bigint): TimeRange | undefined {
  const offset = (timeNs: bigint): bigint =>
    source.timeZone === null ? 0n : BigInt(utcOffsetSeconds(source.timeZone, timeNs)) * 1_000_000_000n;
  const startOffset = offset(range.startNs);
  const endOffset = offset(range.endNs);
  const startNs = -floorDiv(-(range.startNs + startOffset), stepNs) * stepNs - startOffset;
  const endNs = floorDiv(range.endNs + endOffset, stepNs) * stepNs - endOffset;
  return startNs < endNs ? { startNs, endNs } : undefined;
}

/** What the base no longer has is answered by the finest tier that still can, if any. */
function withFallback(need: TierNeed, sources: readonly TierSource[], span: Span): Span[] {
  const [base] = sources;
  const kept = intersectRange(span.range, { startNs: base.keptFromNs, endNs: span.range.endNs });
  const spans: Span[] = kept === undefined ? [] : [{ source: 0, range: kept, exact: true }];
  let endNs = kept === undefined ? span.range.endNs : kept.startNs;
  for (let index = 1; index < sources.length && endNs > span.range.startNs; index++) {
    const source = sources[index];
    if (need.calls !== null && source.fitness === 'none') continue;
    const part = intersectRange(
      { startNs: span.range.startNs, endNs },
      { startNs: source.keptFromNs, endNs: source.doneThroughNs },
    );
    if (part === undefined) continue;
    // A window that begins before the part would be told of at a time that was not asked for.
    const whole = {
      startNs: wholeSteps(source, { startNs: part.startNs, endNs }, source.stepNs as bigint)?.startNs,
      endNs,
    };
    if (whole.startNs === undefined || whole.startNs >= endNs) continue;
    spans.unshift({ source: index, range: { startNs: whole.startNs, endNs }, exact: false });
    endNs = whole.startNs;
  }
  return spans;
}

function hullOf(ranges: readonly TimeRange[]): TimeRange {
  return { startNs: ranges[0].startNs, endNs: ranges[ranges.length - 1].endNs };
}

function mergeNeighbours(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    const joins = last?.source === span.source && last.exact === span.exact && last.range.endNs === span.range.startNs;
    if (last === undefined || !joins) merged.push(span);
    else merged[merged.length - 1] = { ...last, range: { startNs: last.range.startNs, endNs: span.range.endNs } };
  }
  return merged;
}
