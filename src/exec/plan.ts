// What a language asks of the executor, as data: it can be printed, tested, and sent to a worker.
import type { FieldType, SeriesChunk, TimeRange } from '../model/index.ts';
import type { TableSnapshot } from '../view/index.ts';
import type { SkippedWindows } from './skipped.ts';
import type { UsageCounters } from './read-usage.ts';

/**
 * Which points: of these series, in this range, that pass the filter. A row without a value in any of `fields` is no point
 * (with `fields` empty every row is one). Where shards disagree on a field's type, InfluxDB's precedence decides: integers
 * become floats, values that cannot be converted are left out.
 */
export interface ScanRequest {
  /** Shards ascending in time, all of one measurement. */
  readonly tables: readonly TableSnapshot[];
  /** In the order in which the caller wants series results. */
  readonly seriesIds: Int32Array;
  readonly range: TimeRange;
  /** Fields that come back, in this order. A filter may name others as well. */
  readonly fields: readonly string[];
  readonly filter: FieldPredicate | null;
  /** At most so many rows of each series, counted from the side where reading starts; undefined = all. */
  readonly limit?: number | undefined;
  readonly descending: boolean;
}

/**
 * A condition on the fields of one row. Comparisons follow InfluxDB 1.x: integers and floats compare as numbers (exactly),
 * a missing field or a comparison across kinds is false (also for !=). Integers divide as integers; x / 0 and, of integers,
 * x % 0 are 0.
 */
export type FieldPredicate =
  | { readonly op: 'and' | 'or'; readonly terms: readonly FieldPredicate[] }
  | { readonly op: 'const'; readonly value: boolean }
  | { readonly op: '=' | '!=' | '<' | '<=' | '>' | '>='; readonly left: FieldOperand; readonly right: FieldOperand }
  | { readonly op: '=~' | '!~'; readonly field: string; readonly source: string };

export type FieldOperand =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'literal'; readonly value: number | bigint | string | boolean }
  | {
      readonly kind: 'math';
      readonly op: '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^';
      readonly left: FieldOperand;
      readonly right: FieldOperand;
    };

/**
 * One series' rows: chunks in reading order; within a chunk rows are always ascending in time. Series without rows are left
 * out. A long series comes in several consecutive pieces with the same id.
 */
export interface SeriesRows {
  readonly seriesId: number;
  readonly chunks: readonly SeriesChunk[];
}

/**
 * Windows are [originNs + i * everyNs, originNs + (i + 1) * everyNs) for i in [0, count), cut by the request's range; or,
 * with `everyNs` null, the one window that is the range; or, for calendar windows, [edges[i], edges[i + 1]).
 */
export type Windows =
  | { readonly kind: 'all' }
  | { readonly kind: 'every'; readonly originNs: bigint; readonly everyNs: bigint; readonly count: number }
  | { readonly kind: 'edges'; readonly edgesNs: BigInt64Array };

export type AggregateKind =
  | 'count'
  | 'sum'
  | 'mean'
  | 'min'
  | 'max'
  | 'first'
  | 'last'
  | 'spread'
  | 'stddev'
  | 'percentile'
  | 'median'
  | 'mode'
  | 'distinct'
  | 'count-distinct'
  | 'integral'
  | 'increase'
  | 'top'
  | 'bottom'
  | 'sample';

export interface AggregateCall {
  readonly kind: AggregateKind;
  /** Index into the request's fields. */
  readonly field: number;
  /** percentile: 0..100; top, bottom, sample: N; integral: unit in ns. */
  readonly argument?: number | undefined;
  /**
   * The rows are not points but states of many points: these fields of the request, by index, hold what each row knows of
   * its points. Then `field` is not read; the kinds that states answer are count, sum, mean, min, max, first, last, spread,
   * stddev, increase, percentile and median, the last two within 1 %.
   */
  readonly states?: Readonly<Partial<Record<StateField, number>>> | undefined;
}

/**
 * m2: squared distances from the mean, summed; mean: where the sum wrapped, else it may lack; increase: from first to last
 * across resets; sketch: `encodeSketch`.
 */
export type StateField = 'count' | 'sum' | 'min' | 'max' | 'first' | 'last' | 'm2' | 'mean' | 'increase' | 'sketch';

export interface AggregateRequest extends ScanRequest {
  readonly windows: Windows;
  /** Group of the series at the same index of `seriesIds`: 0 .. groupCount - 1. */
  readonly groups: Int32Array;
  readonly groupCount: number;
  readonly calls: readonly AggregateCall[];
  /** Points in these windows of these series do not count. */
  readonly skipped?: SkippedWindows | undefined;
}

/** Results of one call: one cell per (group, window) at index `group * windowCount + window`. */
export interface AggregateColumn {
  readonly kind: AggregateKind;
  /** Type of `values`: the field's for selectors, sum and increase, integer for counts, float for the rest; null = no point at all. */
  readonly type: FieldType | null;
  /** Single-valued kinds. Cells without a value have valid = 0. */
  readonly values: Float64Array | BigInt64Array | BigUint64Array | string[];
  readonly valid: Uint8Array;
  /** Selectors (min max first last percentile): time and series of the chosen point, in ns; null for other kinds. */
  readonly timesNs: BigInt64Array | null;
  readonly seriesIds: Int32Array | null;
  /**
   * Many-valued kinds (distinct top bottom sample): the points of each cell in InfluxDB's order, that is by time in reading
   * direction; null for other kinds. A distinct value carries the time of its first point in that direction.
   */
  readonly lists: readonly (readonly SelectedPoint[])[] | null;
}

export interface SelectedPoint {
  readonly timeNs: bigint;
  readonly seriesId: number;
  readonly value: number | bigint | string | boolean;
}

export interface AggregateResult {
  readonly windowCount: number;
  readonly columns: readonly AggregateColumn[];
  /**
   * From the earliest time of any point that took part to 1 ns after the latest, per group; undefined where a group had none.
   * When all calls are first or last over one window, only points that had to be read take part.
   */
  readonly extents: readonly (TimeRange | undefined)[];
  /** Rows that were read, once for each field asked for; what statistics answered is not counted. */
  readonly pointsScanned: number;
}

/** Limits and the means to stop. Passed to every execution. */
export interface ExecContext {
  readonly signal: AbortSignal;
  /** Throws `limit` beyond. 0 = none. */
  readonly maxPoints: number;
  /** Bytes of intermediate results that one execution may hold; throws `limit` beyond. */
  readonly memoryBudgetBytes: number;
  /** Counters for the request's tables, filled as the execution ends. */
  readonly usage?: UsageCounters | undefined;
}

/** Runs requests: small ones at once on this thread, big ones on worker threads. */
export interface Executor {
  scan(request: ScanRequest, context: ExecContext): AsyncIterable<SeriesRows>;
  aggregate(request: AggregateRequest, context: ExecContext): Promise<AggregateResult>;
  close(): Promise<void>;
}
