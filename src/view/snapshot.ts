// What a query sees of one bucket: fixed at one position of the log, whatever is written meanwhile.
import type { FieldType, Tag, TagPredicate, TimeRange } from '../model/index.ts';
import type { TableSnapshot } from './table-snapshot.ts';

/** State -> name of the field that holds it. */
export type StateColumns = Readonly<Partial<Record<string, string>>>;

export interface ExpectedPoints {
  readonly stepNs: bigint;
  /** Of a window, the share that must be known for it to have a value, 0..1. */
  readonly knownShare: number;
}

export interface Snapshot {
  readonly bucketId: string;

  /** Names of measurements that have at least one series with points, ascending. */
  measurements(): readonly string[];

  /** Fields and their types over the shards that touch `range`; where shards disagree InfluxDB's precedence decides. */
  fields(measurement: string, range?: TimeRange): ReadonlyMap<string, FieldType>;

  /** Tag keys of the measurement's series, ascending. */
  tagKeys(measurement: string): readonly string[];

  /** Ids of the measurement's series that have points and satisfy the predicate, ascending by id. */
  series(measurement: string, predicate?: TagPredicate): Int32Array;

  /** Only those of `ids` with a point in a shard that touches `range` (by shard, as InfluxDB does, not by point). */
  seriesInRange(ids: Int32Array, measurement: string, range: TimeRange): Int32Array;

  /** The values of one tag for each id, "" where a series lacks it. Strings are shared, not copied. */
  tagValues(ids: Int32Array, tag: string): readonly string[];

  /** Tags of a series, ascending by key. */
  tags(id: number): readonly Tag[];

  /** Canonical key text: `cpu,host=a`. */
  seriesKey(id: number): string;

  /** The shards of the measurement that touch `range`, ascending in time. */
  tables(measurement: string, range: TimeRange): readonly TableSnapshot[];

  /**
   * Where the snapshot holds states of points instead of points: the fields that hold those of this one. undefined = points.
   */
  states?(measurement: string, field: string): StateColumns | undefined;

  /** How points of the measurement are expected to come; undefined = nothing is known of that. */
  expects?(measurement: string): ExpectedPoints | undefined;

  /** Blocks that the snapshot holds are deleted from the store no earlier than this. Call it exactly once. */
  release(): void;
}
