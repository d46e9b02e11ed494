// Deletes as versioned range tombstones: they hide what stood before them, at once for readers, and are made physical when
// blocks are next written. A delete is forgotten once no block from before it can hold rows that it covers.
import type { DeleteChange, Seq } from '../log/index.ts';
import { type BlockMeta, type DeleteMeta, deleteRange } from './manifest.ts';
import type { SeriesIndex } from './series-index.ts';

/** A delete as it concerns one measurement. */
export interface ResolvedDelete {
  readonly meta: DeleteMeta;
  /** Ascending; null = every series of the measurement. */
  readonly seriesIds: Int32Array | null;
}

export class Deletes {
  #deletes: DeleteMeta[] = [];
  readonly #resolved = new Map<DeleteMeta, Map<string, Int32Array | null>>();
  readonly #index: SeriesIndex;

  constructor(index: SeriesIndex) {
    this.#index = index;
  }

  get all(): readonly DeleteMeta[] {
    return this.#deletes;
  }

  add(deletion: DeleteMeta): void {
    this.#deletes.push(deletion);
  }

  /** The deletes that concern a measurement, in order of seq. */
  of(measurement: string): ResolvedDelete[] {
    return this.#deletes
      .filter((meta) => meta.measurements === null || meta.measurements.includes(measurement))
      .map((meta) => this.resolve(meta, measurement));
  }

  /**
   * Which series a delete means. Series that came after it may be among them: that is harmless, as it hides only rows
   * that are older than itself.
   */
  resolve(meta: DeleteMeta, measurement: string): ResolvedDelete {
    if (meta.predicate === null) return { meta, seriesIds: null };
    let byMeasurement = this.#resolved.get(meta);
    if (byMeasurement === undefined) {
      byMeasurement = new Map();
      this.#resolved.set(meta, byMeasurement);
    }
    let seriesIds = byMeasurement.get(measurement);
    if (seriesIds === undefined) {
      const series = this.#index.measurement(measurement);
      const ordinals = series?.match(meta.predicate) ?? new Int32Array(0);
      seriesIds = ordinals.map((ordinal) => (series as NonNullable<typeof series>).id(ordinal));
      byMeasurement.set(measurement, seriesIds);
    }
    return { meta, seriesIds };
  }

  /** The deletes that some of the blocks is older than. */
  neededFor(blocks: readonly BlockMeta[]): DeleteMeta[] {
    return this.#deletes.filter((deletion) => blocks.some((block) => isNeededFor(deletion, block)));
  }

  /** Forgets all others. Only once the blocks are those that readers see. */
  keepOnly(deletes: readonly DeleteMeta[]): void {
    this.#deletes = [...deletes];
    for (const meta of this.#resolved.keys()) if (!deletes.includes(meta)) this.#resolved.delete(meta);
  }
}

/** Whether reading the block has to mind the delete. */
export function isNeededFor(deletion: DeleteMeta, block: BlockMeta): boolean {
  if (deletion.seq <= block.deletesUpTo || deletion.bucketId !== block.bucketId) return false;
  const range = deleteRange(deletion);
  if (BigInt(block.maxTime) < range.startNs || BigInt(block.minTime) >= range.endNs) return false;
  const measurements = deletion.measurements;
  return measurements === null || block.tables.some((table) => measurements.includes(table.measurement));
}

export function deleteMeta(seq: Seq, change: DeleteChange): DeleteMeta {
  return {
    seq,
    bucketId: change.bucketId,
    measurements: change.measurements,
    predicate: change.predicate,
    startNs: change.range.startNs.toString(),
    endNs: change.range.endNs.toString(),
  };
}
