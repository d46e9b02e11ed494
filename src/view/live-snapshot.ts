// A snapshot of a live bucket. What concerns a measurement is taken down when it is first asked for, and then stays.
import { compareStrings } from '../base/index.ts';
import {
  ALL_TIME,
  type FieldType,
  type Tag,
  type TagPredicate,
  type TimeRange,
  dominantType,
  intersectRange,
} from '../model/index.ts';
import type { BucketView } from './bucket-view.ts';
import type { BlockUses, LiveBlock } from './live-block.ts';
import type { SeriesSet } from './series-set.ts';
import type { Snapshot } from './snapshot.ts';
import type { TableSnapshot } from './table-snapshot.ts';

interface MeasurementSnapshot {
  /** Ascending in time. */
  readonly tables: readonly TableSnapshot[];
  readonly series: readonly SeriesSet[];
}

const NOTHING: MeasurementSnapshot = { tables: [], series: [] };

export class LiveSnapshot implements Snapshot {
  readonly bucketId: string;
  readonly #bucket: BucketView | undefined;
  readonly #uses: BlockUses;
  /** Points before this have expired, whether their shard is gone or not. */
  readonly #oldestNs: bigint;
  readonly #taken = new Map<string, MeasurementSnapshot>();
  readonly #held: LiveBlock[] = [];

  constructor(bucketId: string, bucket: BucketView | undefined, uses: BlockUses, oldestNs: bigint) {
    this.bucketId = bucketId;
    this.#bucket = bucket;
    this.#uses = uses;
    this.#oldestNs = oldestNs;
    bucket?.index.update();
  }

  measurements(): readonly string[] {
    const names = new Set<string>();
    for (const shard of this.#bucket?.shards.values() ?? []) {
      for (const table of shard.tables.values()) if (table.series.size > 0) names.add(table.measurement);
    }
    return [...names].sort(compareStrings);
  }

  fields(measurement: string, range: TimeRange = ALL_TIME): ReadonlyMap<string, FieldType> {
    const fields = new Map<string, FieldType>();
    for (const table of this.tables(measurement, range)) {
      for (const [name, type] of table.fields) fields.set(name, dominantType(fields.get(name) ?? type, type));
    }
    return fields;
  }

  tagKeys(measurement: string): readonly string[] {
    const bucket = this.#bucket;
    const series = bucket?.index.measurement(measurement);
    if (bucket === undefined || series === undefined) return [];
    const isLive = (ordinal: number): boolean => bucket.isLive(series.id(ordinal));
    return series.tagKeys().filter((key) => series.findWithTag(key, isLive) >= 0);
  }

  series(measurement: string, predicate?: TagPredicate): Int32Array {
    const bucket = this.#bucket;
    const series = bucket?.index.measurement(measurement);
    if (bucket === undefined || series === undefined) return new Int32Array(0);
    const ordinals = series.match(predicate ?? { op: 'const', value: true });
    return ordinals.map((ordinal) => series.id(ordinal)).filter((id) => bucket.isLive(id));
  }

  seriesInRange(ids: Int32Array, measurement: string, range: TimeRange): Int32Array {
    const { tables, series } = this.#take(measurement);
    const sets = series.filter((_, at) => intersectRange(tables[at].shard, range) !== undefined);
    return ids.filter((id) => sets.some((set) => set.has(id)));
  }

  tagValues(ids: Int32Array, tag: string): readonly string[] {
    const index = this.#bucket?.index;
    if (index === undefined) return [];
    return Array.from(ids, (id) => index.measurementOf(id).tagValue(index.ordinalOf(id), tag));
  }

  tags(id: number): readonly Tag[] {
    return this.#bucket?.index.tags(id) ?? [];
  }

  seriesKey(id: number): string {
    return this.#bucket?.seriesTable.keyText(id) ?? '';
  }

  tables(measurement: string, range: TimeRange): readonly TableSnapshot[] {
    return this.#take(measurement).tables.filter((table) => intersectRange(table.shard, range) !== undefined);
  }

  release(): void {
    for (const block of this.#held.splice(0)) this.#uses.release(block);
  }

  #take(measurement: string): MeasurementSnapshot {
    const known = this.#taken.get(measurement);
    if (known !== undefined) return known;
    const taken = this.#bucket === undefined ? NOTHING : this.#takeFrom(this.#bucket, measurement);
    this.#taken.set(measurement, taken);
    return taken;
  }

  #takeFrom(bucket: BucketView, measurement: string): MeasurementSnapshot {
    const tables: TableSnapshot[] = [];
    const series: SeriesSet[] = [];
    const deletes = bucket.deletes.of(measurement);
    const shards = [...bucket.shards.values()].sort((a, b) => (a.range.startNs < b.range.startNs ? -1 : 1));
    for (const shard of shards) {
      const table = shard.tables.get(measurement);
      if (table === undefined || table.series.size === 0 || shard.range.endNs <= this.#oldestNs) continue;
      for (const block of table.blocks) {
        this.#uses.hold(block);
        this.#held.push(block);
      }
      tables.push({ ...table.snapshot(deletes), bucketId: this.bucketId });
      series.push(table.series);
    }
    return { tables, series };
  }
}
