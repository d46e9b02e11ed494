// Aggregates rows that a query made by itself (a subquery's, or after a condition that only the query can evaluate) with the
// kernels that serve stored points.
import { ALL_TIME, type ChunkColumn, type FieldType } from '../model/index.ts';
import { Accumulator, extentsOf, newPartial } from './accumulator.ts';
import { planAggregate } from './aggregate-plan.ts';
import { finishColumns } from './finish/finish.ts';
import { Meter } from './meter.ts';
import { Pacer } from './pacer.ts';
import type { AggregateCall, AggregateRequest, AggregateResult, ExecContext, Windows } from './plan.ts';
import { stopReason } from './stop-reason.ts';

export interface RowAggregateRequest {
  /** Type of each column of the rows; a call's `field` is an index into them. */
  readonly types: readonly FieldType[];
  readonly windows: Windows;
  readonly groupCount: number;
  readonly calls: readonly AggregateCall[];
  readonly descending: boolean;
}

/** Rows in ascending time; several may have the same. */
export interface AggregatedRows {
  readonly rowCount: number;
  readonly baseNs: bigint;
  readonly times: Float64Array;
  readonly columns: readonly (ChunkColumn | null)[];
}

export interface RowAggregation {
  /** `ordinal` names the series that the rows are of: it decides ties, and stands as `seriesId` in the result. */
  add(rows: AggregatedRows, group: number, ordinal: number): void;
  /** To be called once. */
  finish(): Promise<AggregateResult>;
}

/** Throws `limit` when the cells do not fit into the memory budget. Points are not counted: they were when they were read. */
export function openRowAggregation(request: RowAggregateRequest, context: ExecContext): RowAggregation {
  const fields = request.types.map((_type, index) => String(index));
  const whole: AggregateRequest = {
    ...request,
    fields,
    tables: [
      {
        measurement: '',
        shard: ALL_TIME,
        sources: [],
        fields: new Map(request.types.map((type, index) => [String(index), type])),
      },
    ],
    range: ALL_TIME,
    filter: null,
    seriesIds: new Int32Array(0),
    groups: new Int32Array(0),
  };
  const meter = new Meter({ ...context, maxPoints: 0 }, () => stopReason(context.signal));
  const plan = planAggregate(whole);
  const accumulator = new Accumulator(whole, plan, newPartial(plan, request.groupCount, meter), meter, Math.random);
  const columns = plan.readFields.map(Number);
  let ordinals = 0;
  return {
    add(rows, group, ordinal) {
      ordinals = Math.max(ordinals, ordinal + 1);
      accumulator.add({ ...rows, columns: columns.map((index) => rows.columns[index]) }, group, ordinal);
    },
    async finish() {
      const seriesIds = Int32Array.from({ length: ordinals }, (_, ordinal) => ordinal);
      const pacer = new Pacer(meter);
      const result = await finishColumns({ ...whole, seriesIds }, plan, accumulator.partial, meter, pacer);
      const extents = extentsOf(accumulator.partial);
      return { windowCount: plan.windowCount, columns: result, extents, pointsScanned: meter.points };
    },
  };
}
