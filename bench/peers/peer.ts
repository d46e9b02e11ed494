// What a system under test is to the bench.
import type { Row } from '../answers.ts';
import type { Cleanup } from '../lib/cleanup.ts';
import type { BenchQuery } from '../tsbs/queries.ts';

export type PeerName = 'weir' | 'influxdb' | 'victoria-metrics' | 'duckdb';

/** Something that answers queries. */
export interface Answering {
  readonly name: PeerName;
  /** Whether its language has such a query. */
  canAsk(query: BenchQuery): boolean;
  /** Resolves once the whole answer is here. */
  ask(query: BenchQuery): Promise<Reply>;
  close(): Promise<void>;
}

/** An answer as it came. */
export interface Reply {
  /** Not timed. */
  rows(): Row[] | Promise<Row[]>;
}

/** A program that can be started with data of its own. */
export interface ServerKind {
  readonly name: PeerName;
  /** Whether an acknowledged write survives a kill. */
  readonly durable: boolean;
  /** What to know when comparing. */
  readonly note: string;
  /** Its version, or undefined where it is not installed. */
  readonly version: () => string | undefined;
  /** How to get it. */
  readonly installHint: string;
  /** Resolves when writes and queries are served. */
  start(dir: string, cleanup: Cleanup, options?: StartOptions): Promise<Server>;
}

export interface StartOptions {
  /** Write everything to its final form soon after the last write, instead of when it is old or large. */
  readonly eager?: boolean;
  /** InfluxDB's are off otherwise. */
  readonly continuousQueries?: boolean;
}

export interface Server extends Answering {
  readonly port: number;
  readonly writePath: string;
  /** From the start of the process until it served. */
  readonly readyMs: number;
  /** How many values a field has, over all series and times. */
  count(measurement: string, field: string): Promise<number>;
  /** How many points the series with this tag value have. */
  pointsOf(measurement: string, field: string, tag: string, value: string): Promise<number>;
  /** Resolves when no work is left in the background, with the seconds from the call to the end of that work; undefined: gave up. */
  settle(): Promise<number | undefined>;
  /** Rows that are not in their final form yet, where it tells. */
  rowsInMemory(): Promise<number | undefined>;
  cpuSeconds(): number;
  rssBytes(): number | undefined;
  peakRssBytes(): number | undefined;
  diskBytes(): number;
  /** A clean stop. */
  close(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
}
