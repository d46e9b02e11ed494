// From a parsed batch to tables that each lie in one shard and agree with that shard's field types; what does not fit is
// left out and counted, as InfluxDB does.
import type { BatchColumn, Bucket, FieldType, MeasurementBatch, PointBatch, TimeRange } from '../model/index.ts';
import type { Dropped } from './view-door.ts';
import { commonType, widenNumbers } from './widen-numbers.ts';

/** What a write is measured against: the bucket as it stands. */
export interface WriteTarget {
  /** The shard that holds a time; the existing one, or the one to be made. */
  shardRange(bucket: Bucket, timeNs: bigint): TimeRange;
  /** The type that a field has in a shard, or undefined while it has none. */
  fieldType(shard: TimeRange, measurement: string, field: string): FieldType | undefined;
}

export interface PreparedTable {
  readonly shard: TimeRange;
  readonly batch: MeasurementBatch;
}

export interface PreparedWrite {
  readonly tables: readonly PreparedTable[];
  readonly written: number;
  readonly dropped: readonly Dropped[];
  /** Points that are too old for the bucket, where it has another one for such. */
  readonly late: PointBatch;
}

export function prepareWrite(bucket: Bucket, batch: PointBatch, nowNs: bigint, target: WriteTarget): PreparedWrite {
  const tables: PreparedTable[] = [];
  const late: PointBatch = { tables: [] };
  const conflicts = { count: 0, reason: '' };
  let expired = 0;
  let written = 0;
  // Shards of a ladder's buckets are longer than those of the base, whose types may be several in one of them.
  const widens = bucket.seriesOf !== undefined;
  // Types that this very batch sets, ahead of the shard's.
  const claimed = new Map<string, FieldType>();
  for (const table of batch.tables) {
    const [old, live] = bucket.durationNs === 0n ? [null, table] : splitByAge(table, nowNs - bucket.durationNs);
    if (old !== null && bucket.late !== undefined) late.tables.push(old);
    else expired += table.rowCount - live.rowCount;
    for (const part of splitByShard(bucket, live, target)) {
      const fitting = withoutConflicts(widens ? widened(part, target) : part, target, claimed, conflicts, widens);
      if (fitting.batch.rowCount === 0) continue;
      tables.push(fitting);
      written += fitting.batch.rowCount;
    }
  }
  const dropped: Dropped[] = [];
  if (conflicts.count > 0) dropped.push(conflicts);
  if (expired > 0) dropped.push({ count: expired, reason: 'points beyond retention policy' });
  return { tables, written, dropped, late };
}

/** The rows before `oldestNs`, if there are any, and the others. */
function splitByAge(batch: MeasurementBatch, oldestNs: bigint): [old: MeasurementBatch | null, live: MeasurementBatch] {
  const oldest = Number(oldestNs - batch.baseNs);
  const old: number[] = [];
  const live: number[] = [];
  let none = true;
  for (let row = 0; row < batch.rowCount; row++) if (batch.times[row] < oldest) none = false;
  if (none) return [null, batch];
  for (let row = 0; row < batch.rowCount; row++) (batch.times[row] < oldest ? old : live).push(row);
  return [takeRows(batch, Int32Array.from(old)), takeRows(batch, Int32Array.from(live))];
}

/** One part a shard, in order of each shard's first row; nearly always the batch itself. */
export function splitByShard(bucket: Bucket, batch: MeasurementBatch, target: WriteTarget): PreparedTable[] {
  if (batch.rowCount === 0) return [];
  let least = Infinity;
  let most = -Infinity;
  for (let row = 0; row < batch.rowCount; row++) {
    const time = batch.times[row];
    if (time < least) least = time;
    if (time > most) most = time;
  }
  const first = target.shardRange(bucket, batch.baseNs + BigInt(least));
  if (batch.baseNs + BigInt(most) < first.endNs) return [{ shard: first, batch }];
  const parts = new Map<bigint, { shard: TimeRange; rows: number[] }>();
  let current: { shard: TimeRange; rows: number[] } | undefined;
  let from = 0;
  let to = 0;
  for (let row = 0; row < batch.rowCount; row++) {
    const time = batch.times[row];
    if (current === undefined || time < from || time >= to) {
      const shard = target.shardRange(bucket, batch.baseNs + BigInt(time));
      current = parts.get(shard.startNs);
      if (current === undefined) {
        current = { shard, rows: [] };
        parts.set(shard.startNs, current);
      }
      from = Number(shard.startNs - batch.baseNs);
      to = Number(shard.endNs - batch.baseNs);
    }
    current.rows.push(row);
  }
  return [...parts.values()].map((part) => ({ shard: part.shard, batch: takeRows(batch, Int32Array.from(part.rows)) }));
}

function widened({ shard, batch }: PreparedTable, target: WriteTarget): PreparedTable {
  return { shard, batch: widenNumbers(batch, (field) => target.fieldType(shard, batch.measurement, field)) };
}

/** Without the points that have a value of another type than its field has; such a point goes as a whole. */
function withoutConflicts(
  part: PreparedTable,
  target: WriteTarget,
  claimed: Map<string, FieldType>,
  conflicts: { count: number; reason: string },
  widens: boolean,
): PreparedTable {
  const { shard, batch } = part;
  const wrong: BatchColumn[] = [];
  for (const column of batch.columns) {
    const claimKey = `${shard.startNs} ${batch.measurement}\0${column.name}`;
    let type = target.fieldType(shard, batch.measurement, column.name) ?? claimed.get(claimKey);
    if (type === undefined) {
      type = earliestType(batch, column.name);
      claimed.set(claimKey, type);
    }
    if (type === column.type || (widens && commonType(type, column.type) === column.type)) continue;
    wrong.push(column);
    if (conflicts.reason === '') {
      conflicts.reason =
        `field type conflict: input field "${column.name}" on measurement "${batch.measurement}" ` +
        `is type ${column.type}, already exists as type ${type}`;
    }
  }
  if (wrong.length === 0) return part;
  const rows: number[] = [];
  for (let row = 0; row < batch.rowCount; row++) if (!wrong.some((column) => hasValue(column, row))) rows.push(row);
  conflicts.count += batch.rowCount - rows.length;
  const fitting = { ...batch, columns: batch.columns.filter((column) => !wrong.includes(column)) };
  return { shard, batch: takeRows(fitting, Int32Array.from(rows)) };
}

/** Where one batch brings a new field in two types, the first point decides. */
function earliestType(batch: MeasurementBatch, field: string): FieldType {
  const columns = batch.columns.filter((column) => column.name === field);
  let earliest = columns[0];
  let earliestRow = Infinity;
  for (const column of columns) {
    const row = column.valid === null ? 0 : column.valid.indexOf(1);
    if (row >= 0 && row < earliestRow) {
      earliest = column;
      earliestRow = row;
    }
  }
  return earliest.type;
}

function hasValue(column: BatchColumn, row: number): boolean {
  return column.valid === null || column.valid[row] !== 0;
}

/** The rows as a batch of their own, without columns that have no value in them. */
export function takeRows(batch: MeasurementBatch, rows: Int32Array): MeasurementBatch {
  const seriesIds = rows.map((row) => batch.seriesIds[row]);
  const times = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at++) times[at] = batch.times[rows[at]];
  const columns = batch.columns
    .map((column) => takeColumn(column, rows))
    .filter((column) => column.valid === null || column.valid.includes(1));
  return { measurement: batch.measurement, rowCount: rows.length, seriesIds, baseNs: batch.baseNs, times, columns };
}

function takeColumn(column: BatchColumn, rows: Int32Array): BatchColumn {
  const { valid, wide, strings } = column;
  const numbers = new Float64Array(column.numbers.length === 0 ? 0 : rows.length);
  for (let at = 0; at < numbers.length; at++) numbers[at] = column.numbers[rows[at]];
  return {
    name: column.name,
    type: column.type,
    numbers,
    wide: wide === null ? null : BigInt64Array.from(rows, (row) => wide[row]),
    strings:
      strings === null
        ? null
        : {
            text: strings.text,
            starts: Uint32Array.from(rows, (row) => strings.starts[row]),
            ends: Uint32Array.from(rows, (row) => strings.ends[row]),
          },
    valid: valid === null ? null : Uint8Array.from(rows, (row) => valid[row]),
  };
}
