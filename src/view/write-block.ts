// Makes one block out of tables: what a flush does with memtables and a compaction with blocks. Runs in a worker.
import { compareStrings } from '../base/index.ts';
import { ALL_TIME, parseSeriesKey } from '../model/index.ts';
import type { ObjectStore } from '../store/index.ts';
import { type BlockField, type BlockSchema, BlockWriter, ScaleSearch } from './block/index.ts';
import type { BlockTableMeta } from './manifest.ts';
import { openTableReader, seriesOfBlock } from './open-table-reader.ts';
import { RowGroupBuilder } from './row-group-builder.ts';
import { union } from './series-index.ts';
import type { TableSnapshot } from './table-snapshot.ts';

/** Structured-cloneable; the arenas are shared memory. */
export interface WriteBlockJob {
  readonly key: string;
  /** Of one shard, each of another measurement. */
  readonly tables: readonly TableSnapshot[];
  readonly minSeq: number;
  readonly maxSeq: number;
  /** Every tag key of the measurements, ascending. */
  readonly tagKeys: readonly string[];
  /** Rows of a ladder's tier: few, kept for long. They are read twice to be written as small as can be. */
  readonly compact: boolean;
  /** Series keys of the bucket, see SeriesTable.shared. */
  readonly arena: Uint8Array;
  readonly offsets: Float64Array;
}

/** What the block came to hold; null when nothing was left to write: then there is no object either. */
export interface WrittenBlock {
  readonly tables: readonly BlockTableMeta[];
  readonly minTime: string;
  readonly maxTime: string;
  readonly rowCount: number;
  readonly sizeBytes: number;
}

export async function writeBlock(job: WriteBlockJob, store: ObjectStore): Promise<WrittenBlock | null> {
  const { tagKeys, tables, compact } = job;
  const fields = compact ? withScales(unionOfFields(tables), tables) : unionOfFields(tables);
  const schema: BlockSchema = { tagKeys, fields, versions: false, compact };
  const object = await store.create(job.key);
  try {
    const pending: Uint8Array[] = [];
    const writer = new BlockWriter(
      schema,
      (seriesId) => tagValues(job, seriesId),
      (bytes) => pending.push(bytes),
    );
    const drain = async (): Promise<void> => {
      for (const bytes of pending.splice(0)) await object.write(bytes);
    };
    for (const table of job.tables) await writeTable(table, seriesOf(table), writer, drain);
    const info = writer.finish({ minVersion: job.minSeq, maxVersion: job.maxSeq });
    if (info.rowCount === 0) {
      await object.abort();
      return null;
    }
    await drain();
    await object.commit();
    return {
      tables: job.tables.map((table) => ({ measurement: table.measurement, fields: [...table.fields] })),
      minTime: info.minTimeNs.toString(),
      maxTime: info.maxTimeNs.toString(),
      rowCount: info.rowCount,
      sizeBytes: info.sizeBytes,
    };
  } catch (error) {
    await object.abort();
    throw error;
  }
}

async function writeTable(
  table: TableSnapshot,
  seriesIds: Int32Array,
  writer: BlockWriter,
  drain: () => Promise<void>,
): Promise<void> {
  const reader = openTableReader(table);
  const fields = [...table.fields.keys()];
  const { measurement, shard } = table;
  const builder = new RowGroupBuilder(measurement, shard.startNs, table.fields, maxRows(table), (group) =>
    writer.addRowGroup(group),
  );
  let sinceDrain = 0;
  try {
    for (const seriesId of seriesIds) {
      for (const chunk of reader.read(seriesId, fields, ALL_TIME)) {
        builder.append(seriesId, chunk);
        sinceDrain += chunk.rowCount;
      }
      if (sinceDrain < 100_000) continue;
      await drain();
      sinceDrain = 0;
    }
  } finally {
    reader.close();
  }
  builder.flush();
  await drain();
}

function maxRows(table: TableSnapshot): number {
  let rows = 0;
  for (const source of table.sources) rows += source.kind === 'memtable' ? source.rowCount : Infinity;
  return rows;
}

/** Ascending ids of the series that any source of the table has. */
function seriesOf(table: TableSnapshot): Int32Array {
  const lists = table.sources.map((source) => {
    if (source.kind === 'block') return seriesOfBlock(source, table.shard, table.measurement);
    return source.headIds.filter((id) => id >= 0).sort();
  });
  return union(lists);
}

/** The fields with the scales of those floats that are decimals in all tables. */
function withScales(fields: readonly BlockField[], tables: readonly TableSnapshot[]): BlockField[] {
  const searches = new Map<string, ScaleSearch>();
  for (const { name, type } of fields) if (type === 'float') searches.set(name, new ScaleSearch());
  for (const table of tables) searchTable(table, searches);
  return fields.map((field) => ({ ...field, scale: searches.get(field.name)?.scale }));
}

function searchTable(table: TableSnapshot, searches: ReadonlyMap<string, ScaleSearch>): void {
  const open = [...table.fields.keys()].flatMap((name) => {
    const search = searches.get(name);
    return search === undefined || search.fails ? [] : [{ name, search }];
  });
  if (open.length === 0) return;
  const names = open.map(({ name }) => name);
  const reader = openTableReader(table);
  try {
    for (const seriesId of seriesOf(table)) {
      for (const chunk of reader.read(seriesId, names, ALL_TIME)) {
        for (const [at, { search }] of open.entries()) {
          const column = chunk.columns[at];
          if (column?.values instanceof Float64Array) search.add(column.values, column.valid, chunk.rowCount);
        }
      }
      if (open.every(({ search }) => search.fails)) return;
    }
  } finally {
    reader.close();
  }
}

function unionOfFields(tables: readonly TableSnapshot[]): BlockField[] {
  const fields = new Map<string, BlockField>();
  for (const table of tables) for (const [name, type] of table.fields) fields.set(name, { name, type });
  return [...fields.values()].sort((a, b) => compareStrings(a.name, b.name));
}

/** The series' values in order of the job's tag keys. */
function tagValues(job: WriteBlockJob, seriesId: number): (string | null)[] {
  const start = job.offsets[seriesId];
  const key = Buffer.from(job.arena.buffer, start, job.offsets[seriesId + 1] - start).toString('utf8');
  const { tags } = parseSeriesKey(key);
  return job.tagKeys.map((tagKey) => tags.find((tag) => tag.key === tagKey)?.value ?? null);
}
