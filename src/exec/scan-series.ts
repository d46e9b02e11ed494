// Reads the rows of series one after another, on whatever thread it runs, in pieces of bounded size.
import type { SeriesChunk, TimeRange } from '../model/index.ts';
import type { ExecutionTools } from './aggregate-series.ts';
import type { HandOver, Rest } from './hand-over.ts';
import type { ScanRequest } from './plan.ts';
import { ChunkScanner, type ScanPlan, chunkBytes, limitRows } from './scan-plan.ts';
import type { TableSet } from './table-set.ts';

/** The share of one thread; plain data. */
export interface ScanTask {
  /** With the series of this share. */
  readonly request: ScanRequest;
  readonly plan: ScanPlan;
  /** Position of each series in the whole request; null = as here. */
  readonly ordinals: Int32Array | null;
  /** Of the first series, if it was begun elsewhere: the range that is left (null = all), and how many rows were given. */
  readonly firstRange: TimeRange | null;
  readonly rowsGiven: number;
}

/** Consecutive chunks of one series. */
export interface Piece {
  readonly ordinal: number;
  readonly chunks: readonly SeriesChunk[];
  readonly bytes: number;
}

export interface ScanRest extends Rest {
  /** Rows of the series in `range` that were given already. */
  readonly rowsGiven: number;
}

/** A series of more bytes comes in several pieces. */
const PIECE_BYTES = 4 * 2 ** 20;
/** Points in memory at once, about. */
const POINTS_PER_READ = 256 * 1024;

/** Ends with what it leaves to others, or null when that is nothing. */
export async function* scanSeries(
  task: ScanTask,
  tools: ExecutionTools,
  handOver: HandOver | null,
): AsyncGenerator<Piece, ScanRest | null> {
  const { request, plan, ordinals } = task;
  const { tables, meter, pacer } = tools;
  const { seriesIds, descending } = request;
  const scanner = new ChunkScanner(request, plan);
  const order = tablesToScan(plan, tables, descending);
  for (let series = 0; series < seriesIds.length; series++) {
    const ordinal = ordinals === null ? series : ordinals[series];
    const limit = request.limit ?? Infinity;
    const range = series === 0 && task.firstRange !== null ? task.firstRange : request.range;
    let given = series === 0 ? task.rowsGiven : 0;
    let chunks: SeriesChunk[] = [];
    let bytes = 0;
    for (const table of order) {
      if (given >= limit) break;
      if (pacer.due) await pacer.giveWay();
      const targetRows = Math.ceil(Math.min(limit - given, POINTS_PER_READ / (plan.readFields.length + 1)));
      const rows = tables.read(table, seriesIds[series], plan.readFields, range, targetRows, descending);
      for (const chunk of rows) {
        meter.addPoints(chunk.rowCount);
        if (pacer.due) await pacer.giveWay();
        const found = scanner.scan(chunk);
        if (found !== null) {
          const kept = limitRows(found, limit - given, descending);
          given += kept.rowCount;
          bytes += chunkBytes(kept);
          chunks.push(kept);
        }
        const leaves = handOver?.isDue(chunk.rowCount * plan.readFields.length, series, table, chunk) ?? false;
        if (chunks.length > 0 && (bytes >= PIECE_BYTES || leaves)) {
          yield { ordinal, chunks, bytes };
          chunks = [];
          bytes = 0;
        }
        if (given >= limit) break;
        if (leaves && handOver !== null) {
          const rest = handOver.restAfter(series, chunk);
          return { ...rest, rowsGiven: rest.range === null ? 0 : given };
        }
      }
    }
    if (chunks.length > 0) yield { ordinal, chunks, bytes };
  }
  return null;
}

/** In reading order; a table without any of the fields cannot have rows, unless rows without fields are asked for. */
function tablesToScan(plan: ScanPlan, tables: TableSet, descending: boolean): readonly number[] {
  const fields = plan.readFields.slice(0, plan.types.length);
  const order = [...tables.tables.keys()].filter(
    (table) => fields.length === 0 || fields.some((field) => tables.has(table, field)),
  );
  return descending ? order.reverse() : order;
}
