// The knobs of a view, with their defaults.
import { type Clock, systemClock } from '../base/index.ts';
import type { ObjectStore } from '../store/index.ts';
import type { Log, Seq } from '../log/index.ts';
import { type CompactionRules, DEFAULT_RULES } from './compaction-plan.ts';
import type { SeriesLimits } from './series-limits.ts';
import type { OnChange, OnViewEvent } from './view-events.ts';
import type { Bucket, SeriesTable, TimeRange } from '../model/index.ts';

export interface ViewOptions {
  readonly store: ObjectStore;
  /** How a worker opens the same store. */
  readonly storeLocation: StoreLocation;
  /** Opens the log; replay resolves series through the given tables. The log is known to have reached `atLeastSeq`. */
  readonly openLog: (tables: (bucketId: string) => SeriesTable, atLeastSeq: Seq) => Promise<Log>;
  /** All buckets that exist, as of the call. What belongs to others is garbage. */
  readonly buckets: () => readonly Bucket[];
  readonly clock?: Clock;
  readonly onEvent?: OnViewEvent;
  readonly onChange?: OnChange;
  /**
   * Whoever hears `onChange` has kept what came up to here: later changes stay in the log, and are told of again at the
   * start, those in blocks too. By default only what is not in blocks is.
   */
  readonly heldAfter?: () => Seq;
  /**
   * Whether nobody has to compute anything from a shard that is past its period. It and all later ones stay while not. By
   * default nobody has.
   */
  readonly mayExpire?: (bucketId: string, shard: TimeRange) => boolean;
  /** The memtable is written out once it holds so many bytes… */
  readonly flushBytes?: number;
  /** …or its oldest rows are so old. */
  readonly flushAgeMs?: number;
  /** Writes wait while memtables, those being flushed included, hold more; with a failing store they are refused. */
  readonly maxMemtableBytes?: number;
  readonly compaction?: CompactionRules;
  /** null = none. */
  readonly seriesLimits?: SeriesLimits | null;
  /** How long the view waits before it tries a failed flush or compaction again. */
  readonly retryMs?: number;
}

/** Structured-cloneable. */
export interface StoreLocation {
  readonly kind: 'directory';
  readonly dir: string;
}

export type Settings = Required<Omit<ViewOptions, 'openLog'>>;

const MIB = 1024 * 1024;

export function withDefaults(options: ViewOptions): Settings {
  return {
    store: options.store,
    storeLocation: options.storeLocation,
    buckets: options.buckets,
    clock: options.clock ?? systemClock,
    onEvent: options.onEvent ?? (() => {}),
    onChange: options.onChange ?? (() => {}),
    heldAfter: options.heldAfter ?? (() => Number.MAX_SAFE_INTEGER),
    mayExpire: options.mayExpire ?? (() => true),
    flushBytes: options.flushBytes ?? 192 * MIB,
    flushAgeMs: options.flushAgeMs ?? 10 * 60 * 1000,
    maxMemtableBytes: options.maxMemtableBytes ?? 768 * MIB,
    seriesLimits: options.seriesLimits ?? null,
    compaction: options.compaction ?? DEFAULT_RULES,
    retryMs: options.retryMs ?? 1000,
  };
}
