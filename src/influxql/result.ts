// What a statement answers, as columns: the HTTP room writes them to the socket as JSON or CSV without ever holding all of them.
import type { Clock, Statistics } from '../base/index.ts';
import type { Catalog, ShardIds, User } from '../catalog/index.ts';
import type { Executor } from '../exec/index.ts';
import type { Ladders, OnPlan, TierReads } from '../ladder/index.ts';
import type { ViewDoor } from '../view/index.ts';
import type { RunningQueries } from './running-queries.ts';

export interface StatementResult {
  readonly statementId: number;
  /** Complete when the batches have been read. */
  readonly messages: readonly Message[];
  /** Set when the statement failed before its first row. */
  readonly error: string | null;
  /** May throw while iterated: what came before stands, the error's message ends the result. */
  readonly batches: AsyncIterable<ResultBatch>;
}

export interface Message {
  readonly level: 'warning' | 'info';
  readonly text: string;
}

/** A run of rows of one series. Rows of a series come in consecutive batches that share one `series` object. */
export interface ResultBatch {
  readonly series: SeriesHeader;
  readonly rowCount: number;
  /** As many as `series.columns`. */
  readonly columns: readonly ResultColumn[];
}

export interface SeriesHeader {
  readonly name: string;
  /** null = the series has no tags member; ascending by key. */
  readonly tags: ReadonlyArray<readonly [key: string, value: string]> | null;
  readonly columns: readonly string[];
}

/** `valid`: one byte a row, 0 = null; absent (null) = every row has a value. */
export type ResultColumn =
  /** Times are `baseNs + offsets[row]`, printed by the request's epoch. */
  | { readonly kind: 'times'; readonly baseNs: bigint; readonly offsets: Float64Array; readonly utcOffsets?: UtcOffset }
  /** Floats, and integers that are exact as Float64. */
  | { readonly kind: 'numbers'; readonly values: Float64Array; readonly valid: Uint8Array | null }
  | { readonly kind: 'integers'; readonly values: BigInt64Array | BigUint64Array; readonly valid: Uint8Array | null }
  /** 0 or 1. */
  | { readonly kind: 'booleans'; readonly values: Float64Array; readonly valid: Uint8Array | null }
  | { readonly kind: 'strings'; readonly values: readonly string[]; readonly valid: Uint8Array | null }
  /** Anything, one value a row; a bigint prints as an integer. */
  | { readonly kind: 'cells'; readonly values: readonly Cell[] };

/** Lists are those of SHOW SUBSCRIPTIONS' destinations. */
export type Cell = null | number | bigint | string | boolean | readonly string[];

/** Under tz(): seconds east of UTC at a time, for RFC3339 output; times print as `Z` without it. */
export type UtcOffset = (timeNs: bigint) => number;

/** Limits of 1.x's [coordinator]; 0 = none. */
export interface QueryLimits {
  readonly maxSelectSeries: number;
  readonly maxSelectPoints: number;
  readonly maxSelectBuckets: number;
  readonly memoryBudgetBytes: number;
}

/** All that statements run on. */
export interface QueryContext {
  readonly catalog: Catalog;
  readonly shards: ShardIds;
  readonly view: ViewDoor;
  readonly executor: Executor;
  readonly clock: Clock;
  readonly limits: QueryLimits;
  /** What runs on this server, this query included. */
  readonly queries: RunningQueries;
  readonly statistics: Statistics;
  /** The ladders at work; undefined = they are only declared. */
  readonly ladders?: Pick<Ladders, 'refresh' | 'status' | 'repairShare'> | undefined;
  /** How ladders are read; undefined = there are none. */
  readonly tiers?: TierReads | undefined;
  /** Told which tiers serve which spans of a measurement, before its first row. */
  readonly onTiers?: OnPlan | undefined;
  /** Each statement says in a message which tiers served it. */
  readonly tellTiers?: boolean | undefined;
  /** Share of a ladder's window that must be known for it to have a value, 0..1; undefined = as the statement or rule says. */
  readonly knownShare?: number | undefined;
  /** `db` and `rp` of the request. */
  readonly database: string | undefined;
  readonly policy: string | undefined;
  /** Who asks; undefined = may do anything. Whether the query may run at all is decided before, by `authorizeQuery`. */
  readonly user?: User | undefined;
  /** A GET request: statements that change something run, with a warning. */
  readonly readOnly: boolean;
  /** Aborted by the caller's leaving, a time limit or a kill; its reason is the WeirError to report. */
  readonly signal: AbortSignal;
}
