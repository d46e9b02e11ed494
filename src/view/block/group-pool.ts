// Small row groups are pooled: many measurements with a few rows each share one Parquet row group, so that a flush of a
// thousand measurements does not make a thousand row groups of every column.
//
//     RowGroup "cpu" ─┐                 rows       0 ─── cpu ─── 20 ─ mem ─ 30 ──── net ──── 60
//     RowGroup "mem" ─┼─► PooledGroup   "usage"    [piece at 0  ]
//     RowGroup "net" ─┘                 "bytes"                             [piece at 30    ]     else null
import { MAX_CHUNK_SPAN_NS } from '../../model/index.ts';
import { assert } from '../../base/index.ts';
import type { RowGroup, RowGroupColumn } from './row-group.ts';

/** A group of so many rows is written on its own. */
export const LARGE_GROUP_ROWS = 32 * 1024;
/** A Parquet row group has no more rows than this. */
export const MAX_GROUP_ROWS = 128 * 1024;

/** Rows [at, at + rowCount) of one column; the rows between pieces are null. */
export interface ColumnPiece {
  readonly at: number;
  readonly rowCount: number;
  readonly column: RowGroupColumn;
}

/** What becomes one Parquet row group. Runs are in order of (measurement as added, series). */
export interface PooledGroup {
  readonly rowCount: number;
  readonly seriesIds: Int32Array;
  readonly runStarts: Uint32Array;
  readonly runMeasurements: readonly string[];
  readonly baseNs: bigint;
  readonly times: Float64Array;
  readonly versions: Float64Array | null;
  /** By index of the field in the block's schema. */
  readonly columns: ReadonlyMap<number, readonly ColumnPiece[]>;
}

/** A copy that its caller's next row group cannot change. */
export function copyGroup(group: RowGroup): RowGroup {
  const rows = group.rowCount;
  return {
    ...group,
    seriesIds: group.seriesIds.slice(),
    runStarts: group.runStarts.slice(),
    times: group.times.slice(0, rows),
    versions: group.versions?.slice(0, rows) ?? null,
    columns: group.columns.map((column) => ({
      ...column,
      numbers: column.numbers.slice(0, rows),
      wide: column.wide?.slice(0, rows) ?? null,
      strings: column.strings && {
        // Not `slice`: the text may be a Buffer, whose slice is no copy.
        text: new Uint8Array(column.strings.text),
        starts: column.strings.starts.slice(0, rows),
        ends: column.strings.ends.slice(0, rows),
      },
      valid: column.valid?.slice(0, rows) ?? null,
    })),
  };
}

/** Whether the times of `group` are exact as offsets from `baseNs`. */
export function sharesBase(baseNs: bigint, group: RowGroup): boolean {
  if (group.baseNs === baseNs) return true;
  const shift = group.baseNs - baseNs;
  if (shift > BigInt(MAX_CHUNK_SPAN_NS) || shift < -BigInt(MAX_CHUNK_SPAN_NS)) return false;
  for (let row = 0; row < group.rowCount; row++) {
    if (Math.abs(group.times[row] + Number(shift)) >= MAX_CHUNK_SPAN_NS) return false;
  }
  return true;
}

/** Joins row groups, all of whose times `sharesBase` of the first. A series that goes on in the next group stays one run. */
export function poolGroups(groups: readonly RowGroup[], fieldIndex: (column: RowGroupColumn) => number): PooledGroup {
  const rowCount = groups.reduce((rows, group) => rows + group.rowCount, 0);
  const [first] = groups;
  const columns = new Map<number, ColumnPiece[]>();
  const seriesIds: number[] = [];
  const runStarts: number[] = [];
  const runMeasurements: string[] = [];
  let at = 0;
  for (const group of groups) {
    for (let run = 0; run < group.seriesIds.length; run++) {
      const last = seriesIds.length - 1;
      if (run === 0 && seriesIds[last] === group.seriesIds[0] && runMeasurements[last] === group.measurement) continue;
      seriesIds.push(group.seriesIds[run]);
      runStarts.push(at + group.runStarts[run]);
      runMeasurements.push(group.measurement);
    }
    for (const column of group.columns) addPiece(columns, fieldIndex(column), { at, rowCount: group.rowCount, column });
    at += group.rowCount;
  }
  runStarts.push(rowCount);
  const single = groups.length === 1;
  return {
    rowCount,
    seriesIds: Int32Array.from(seriesIds),
    runStarts: Uint32Array.from(runStarts),
    runMeasurements,
    baseNs: first.baseNs,
    times: single ? first.times : joinTimes(groups, rowCount),
    versions: single ? first.versions : joinVersions(groups, rowCount),
    columns,
  };
}

function addPiece(columns: Map<number, ColumnPiece[]>, field: number, piece: ColumnPiece): void {
  const pieces = columns.get(field);
  if (pieces === undefined) columns.set(field, [piece]);
  else {
    assert(pieces[pieces.length - 1].at < piece.at, `column ${piece.column.name} stands twice in a row group`);
    pieces.push(piece);
  }
}

function joinTimes(groups: readonly RowGroup[], rowCount: number): Float64Array {
  const times = new Float64Array(rowCount);
  let at = 0;
  for (const group of groups) {
    const shift = Number(group.baseNs - groups[0].baseNs);
    for (let row = 0; row < group.rowCount; row++) times[at++] = group.times[row] + shift;
  }
  return times;
}

function joinVersions(groups: readonly RowGroup[], rowCount: number): Float64Array | null {
  if (groups[0].versions === null) return null;
  const versions = new Float64Array(rowCount);
  let at = 0;
  for (const group of groups) {
    assert(group.versions !== null, 'some row groups of a block have versions and some have none');
    versions.set(group.versions.subarray(0, group.rowCount), at);
    at += group.rowCount;
  }
  return versions;
}
