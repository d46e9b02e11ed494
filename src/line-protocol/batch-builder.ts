// Rows on their way into a PointBatch: columns that grow, one table for each measurement and stretch of time.
//
//     BatchBuilder ── MeasurementBuilder "cpu" ─┬─ TableBuilder   a cell of 104 days, offsets from its first row's time
//                                               │     FieldBuilder "usage" ── ColumnBuilder float
//                                               │                          └─ ColumnBuilder integer   (a type conflict)
//                                               └─ TableBuilder   another cell, or: the first became too sparse
//
// A row that is being written is row `rowCount`; it exists once `rowCount` has moved past it. Until then `undoColumn`
// takes its values back.
import { type FieldType, type MeasurementBatch, type PointBatch, fieldTypeCode } from '../model/index.ts';
import { WeirError } from '../base/index.ts';
import { type ColumnBuilder, columnBytes, finishColumn, growColumn, hasValue, newColumn } from './column-builder.ts';
import { joinTime } from './timestamp.ts';

/** Seconds of time that one table may hold: offsets in nanoseconds stay exact below 2^53. */
const CELL_SECONDS = 9_000_000;
const INITIAL_ROWS = 8;
/** What an empty table or column costs beside its arrays, roughly. */
const OBJECT_BYTES = 600;
/** A table may have so many empty cells for each value before it is closed: columns × rows must stay in proportion. */
const EMPTY_CELLS_PER_VALUE = 4;
const FREE_CELLS = 1024;

export interface BatchBuilder {
  readonly measurements: Map<string, MeasurementBuilder>;
  /** In order of creation. */
  readonly tables: TableBuilder[];
  /** Length of the body, to guess how many rows are still to come. */
  readonly bodyBytes: number;
  usedBytes: number;
  readonly limitBytes: number;
}

export interface MeasurementBuilder {
  readonly name: string;
  /** The table of the last row. */
  current: TableBuilder | null;
  /** Cell number -> the table that takes its rows, once there are several. */
  cells: Map<number, TableBuilder> | null;
}

export interface TableBuilder {
  readonly measurement: string;
  /** Time of the first row, from which offsets count. */
  readonly baseSeconds: number;
  readonly baseNanos: number;
  /** The stretch of time that belongs here: cellStart <= seconds < cellEnd. */
  readonly cell: number;
  readonly cellStart: number;
  readonly cellEnd: number;
  rowCount: number;
  valueCount: number;
  columnCount: number;
  /** Rows that fit without growing. Columns grow to it when they are written. */
  capacity: number;
  seriesIds: Int32Array;
  times: Float64Array;
  readonly fields: FieldBuilder[];
  /** By hash of the name's bytes in the body, once there are many; only fields with a plain name. */
  fieldsByHash: Map<number, FieldBuilder> | null;
  /** By name, once there are any: fields whose name needs an escape or has a quote. */
  oddFields: Map<string, FieldBuilder> | null;
  /** The field that the last line began with. */
  firstField: FieldBuilder | null;
}

export interface FieldBuilder {
  readonly name: string;
  /** A plain name's first appearance in the body, with the `=` behind it. */
  readonly start: number;
  /** 0 for an odd name, which is not looked for in the body. */
  readonly length: number;
  readonly hash: number;
  /** Its first four bytes, with zeros from `length` on, and its last four. */
  readonly firstWord: number;
  readonly firstMask: number;
  readonly lastWord: number;
  readonly columns: ColumnBuilder[];
  /** The only column; null when the body gave the field several types. */
  column: ColumnBuilder | null;
  /** The field that followed this one last time. */
  following: FieldBuilder | null;
  /** Next of those whose names have the same hash. */
  sameHash: FieldBuilder | null;
}

export function newBatch(bodyBytes: number, limitBytes: number): BatchBuilder {
  return { measurements: new Map(), tables: [], bodyBytes, usedBytes: 0, limitBytes };
}

export function measurementBuilder(batch: BatchBuilder, name: string): MeasurementBuilder {
  let measurement = batch.measurements.get(name);
  if (measurement === undefined) {
    measurement = { name, current: null, cells: null };
    batch.measurements.set(name, measurement);
    use(batch, OBJECT_BYTES);
  }
  return measurement;
}

/** The table for a row with `fieldCount` fields at that time, with room for it. It becomes the current one. */
export function tableFor(
  batch: BatchBuilder,
  measurement: MeasurementBuilder,
  seconds: number,
  nanos: number,
  fieldCount: number,
  position: number,
): TableBuilder {
  let table = openTable(measurement, seconds);
  if (table === undefined || isSparse(table, fieldCount)) {
    table = newTable(measurement.name, Math.floor(seconds / CELL_SECONDS), seconds, nanos);
    batch.tables.push(table);
    use(batch, OBJECT_BYTES);
  }
  if (table.rowCount === table.capacity) growRows(batch, table, position);
  if (measurement.current !== table) makeCurrent(measurement, table);
  return table;
}

function openTable(measurement: MeasurementBuilder, seconds: number): TableBuilder | undefined {
  const { current, cells } = measurement;
  if (current !== null && seconds >= current.cellStart && seconds < current.cellEnd) return current;
  return cells?.get(Math.floor(seconds / CELL_SECONDS));
}

function makeCurrent(measurement: MeasurementBuilder, table: TableBuilder): void {
  const { current } = measurement;
  if (current !== null) {
    measurement.cells ??= new Map([[current.cell, current]]);
    measurement.cells.set(table.cell, table);
  }
  measurement.current = table;
}

/** Whether a row of `fieldCount` more fields would leave the table mostly empty: then it takes no more rows. */
export function isSparse(table: TableBuilder, fieldCount: number): boolean {
  const cells = (table.columnCount + fieldCount) * table.rowCount;
  return cells > EMPTY_CELLS_PER_VALUE * table.valueCount + FREE_CELLS;
}

/** Makes room for more rows: as many as the rest of the body will bring if it goes on as until `position`. */
export function growRows(batch: BatchBuilder, table: TableBuilder, position: number): void {
  const expected = table.capacity < 64 ? 0 : Math.ceil((1.02 * table.capacity * batch.bodyBytes) / (position + 1));
  const least = table.capacity < 64 ? 2 * table.capacity : Math.ceil(1.25 * table.capacity);
  const capacity = Math.min(Math.max(least, expected), 16 * table.capacity);
  use(batch, 12 * (capacity - table.capacity));
  const seriesIds = new Int32Array(capacity);
  seriesIds.set(table.seriesIds);
  const times = new Float64Array(capacity);
  times.set(table.times);
  table.seriesIds = seriesIds;
  table.times = times;
  table.capacity = capacity;
}

/** Makes a column as long as its table's capacity. */
export function growColumnTo(batch: BatchBuilder, column: ColumnBuilder, capacity: number): void {
  const before = columnBytes(column);
  growColumn(column, capacity);
  use(batch, columnBytes(column) - before);
}

/** The field's column of that type, which is added if it is new. */
export function columnOf(
  batch: BatchBuilder,
  table: TableBuilder,
  field: FieldBuilder,
  type: FieldType,
): ColumnBuilder {
  const code = fieldTypeCode(type);
  for (const column of field.columns) if (column.code === code) return column;
  const column = newColumn(field.name, type);
  field.columns.push(column);
  field.column = field.columns.length === 1 ? column : null;
  table.columnCount++;
  use(batch, OBJECT_BYTES);
  return column;
}

export function finishBatch(batch: BatchBuilder): PointBatch {
  const tables: MeasurementBatch[] = [];
  for (const table of batch.tables) if (table.rowCount > 0) tables.push(finishTable(table));
  return { tables };
}

function finishTable(table: TableBuilder): MeasurementBatch {
  const columns = [];
  for (const field of table.fields) {
    for (const column of field.columns) {
      if (hasValue(column)) columns.push(finishColumn(column, table.rowCount));
    }
  }
  return {
    measurement: table.measurement,
    rowCount: table.rowCount,
    seriesIds: table.seriesIds,
    baseNs: joinTime(table.baseSeconds, table.baseNanos),
    times: table.times,
    columns,
  };
}

function newTable(measurement: string, cell: number, baseSeconds: number, baseNanos: number): TableBuilder {
  return {
    measurement,
    baseSeconds,
    baseNanos,
    cell,
    cellStart: cell * CELL_SECONDS,
    cellEnd: (cell + 1) * CELL_SECONDS,
    rowCount: 0,
    valueCount: 0,
    columnCount: 0,
    capacity: INITIAL_ROWS,
    seriesIds: new Int32Array(INITIAL_ROWS),
    times: new Float64Array(INITIAL_ROWS),
    fields: [],
    fieldsByHash: null,
    oddFields: null,
    firstField: null,
  };
}

function use(batch: BatchBuilder, bytes: number): void {
  batch.usedBytes += bytes;
  if (batch.usedBytes > batch.limitBytes) {
    const limit = Math.ceil(batch.limitBytes / 1_048_576);
    throw new WeirError(
      'limit',
      `points need more than ${limit} MiB as columns: too many distinct fields or measurements in one request`,
    );
  }
}
