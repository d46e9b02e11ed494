// Where an import goes: an engine in this process, or a server.
import type { PointBatch, SeriesTable } from '../../model/index.ts';
import type { InfluxMeta } from './meta/meta-file.ts';

export interface ImportTarget {
  /**
   * Makes databases, policies, users, continuous queries and subscriptions that are not there yet. What is there stays as it
   * is. Resolves with what could not be made, or differs: a sentence each.
   */
  importMeta(meta: InfluxMeta): Promise<readonly string[]>;
  /** Rejects with `not found`. */
  openPolicy(database: string, policy: string): PointSink;
}

/** Takes the points of one retention policy. */
export interface PointSink {
  /** Batches must take their series ids from here. */
  readonly series: SeriesTable;
  /** Resolves once the points are durable, with what was refused of them. */
  write(batch: PointBatch): Promise<readonly Refused[]>;
}

export interface Refused {
  readonly count: number;
  readonly reason: string;
}
