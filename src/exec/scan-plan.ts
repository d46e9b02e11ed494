// What a ScanRequest comes down to, and what it makes of one chunk.
import { type ChunkColumn, type FieldType, type SeriesChunk, isNumeric } from '../model/index.ts';
import { convertColumn, fieldTypeOver } from './column-types.ts';
import { RowFilter, type Selection, predicateFields } from './filter/filter.ts';
import type { ScanRequest } from './plan.ts';
import { headOf, tailOf, takeRows } from './rows.ts';

export interface ScanPlan {
  /** The request's fields, then those that only the filter looks at. */
  readonly readFields: readonly string[];
  /** Types of the request's fields over all tables; null = no table has it. */
  readonly types: readonly (FieldType | null)[];
}

export function planScan(request: ScanRequest): ScanPlan {
  const extra = predicateFields(request.filter).filter((field) => !request.fields.includes(field));
  return {
    readFields: [...request.fields, ...extra],
    types: request.fields.map((field) => fieldTypeOver(request.tables, field)),
  };
}

export class ChunkScanner {
  readonly #types: readonly (FieldType | null)[];
  readonly #filter: RowFilter | null;

  constructor(request: ScanRequest, plan: ScanPlan) {
    this.#types = plan.types;
    const columns = new Map(plan.readFields.map((field, index) => [field, index]));
    this.#filter = request.filter === null ? null : new RowFilter(request.filter, columns);
  }

  /** The rows that pass the filter and have a value, with the request's columns; null when there are none. */
  scan(chunk: SeriesChunk): SeriesChunk | null {
    const { rowCount, baseNs, times } = chunk;
    const columns = this.#types.map((type, index) => {
      const column = chunk.columns[index];
      return type === null || column === null ? null : convertColumn(column, type);
    });
    const selection = this.#filter === null ? 'all' : this.#filter.select(chunk);
    const rows = columns.length === 0 ? selection : rowsWithValues(columns, selection, rowCount);
    if (rows === 'none' || rowCount === 0) return null;
    const whole = { rowCount, baseNs, times, columns };
    return rows === 'all' ? whole : takeRows(whole, rows);
  }
}

/** Leaves out rows that have no value in any column. */
function rowsWithValues(columns: readonly (ChunkColumn | null)[], selection: Selection, rowCount: number): Selection {
  if (selection === 'none') return 'none';
  const present = columns.filter((column) => column !== null);
  if (present.length === 0) return 'none';
  if (present.some((column) => column.valid === null)) return selection;
  const mask = new Uint8Array(rowCount);
  for (const { valid } of present) {
    if (valid !== null) for (let row = 0; row < rowCount; row++) mask[row] |= valid[row];
  }
  if (selection !== 'all') for (let row = 0; row < rowCount; row++) mask[row] &= selection[row];
  if (!mask.includes(1)) return 'none';
  return mask.includes(0) ? mask : 'all';
}

/** At most `count` rows of a chunk, from the side where reading starts. */
export function limitRows(chunk: SeriesChunk, count: number, descending: boolean): SeriesChunk {
  if (chunk.rowCount <= count) return chunk;
  return descending ? tailOf(chunk, count) : headOf(chunk, count);
}

/** About the bytes that a chunk holds. */
export function chunkBytes(chunk: SeriesChunk): number {
  let bytes = 8 * chunk.rowCount;
  for (const column of chunk.columns) {
    if (column === null) continue;
    if (column.valid !== null) bytes += chunk.rowCount;
    if (isNumeric(column.type) || column.type === 'boolean') bytes += 8 * chunk.rowCount;
    else for (const text of column.values as readonly string[]) bytes += 24 + 2 * text.length;
  }
  return bytes;
}
