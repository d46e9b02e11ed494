// Writes a block: row groups become column chunks as they come, so that memory holds one row group; the index and Parquet's
// footer follow at the end.
import { assert } from '../../base/index.ts';
import { MAX_CHUNK_SPAN_NS } from '../../model/index.ts';
import { ByteWriter } from './byte-writer.ts';
import { type ColumnRecord, packColumnTable } from './column-table.ts';
import { writeGroupColumns } from './group-writer.ts';
import { LARGE_GROUP_ROWS, MAX_GROUP_ROWS, type PooledGroup, copyGroup, poolGroups, sharesBase } from './group-pool.ts';
import { SectionWriter } from './index-section.ts';
import { parquetColumns } from './parquet-columns.ts';
import { Output } from './output.ts';
import {
  type FooterGroup,
  type PageIndexPlace,
  writeColumnIndex,
  writeFooter,
  writeOffsetIndex,
} from './parquet-thrift.ts';
import { type BlockInfo, type BlockSchema, type RowGroup, type RowGroupColumn, storedTypeOf } from './row-group.ts';
import { SeriesBuilder } from './series-builder.ts';

const MAGIC = Buffer.from('PAR1');

export class BlockWriter {
  readonly #schema: BlockSchema;
  readonly #tagValuesOf: (seriesId: number) => readonly (string | null)[];
  readonly #out: Output;
  readonly #columns: readonly ColumnRecord[];
  readonly #fieldIndexes = new Map<string, number>();
  readonly #series = new SeriesBuilder();
  readonly #groups: FooterGroup[] = [];
  /** By row group, then by field: packed statistics; empty = none. */
  readonly #stats: Uint8Array[][] = [];
  #pooled: RowGroup[] = [];
  #pooledRows = 0;
  #finished = false;

  /**
   * `tagValuesOf` answers in order of the schema's tag keys and is asked once a run. `sink` may keep the bytes it gets.
   * A damaged or unfinished file is never taken for a block: nothing but `finish` makes one.
   */
  constructor(
    schema: BlockSchema,
    tagValuesOf: (seriesId: number) => readonly (string | null)[],
    sink: (bytes: Uint8Array) => void,
  ) {
    this.#schema = schema;
    this.#tagValuesOf = tagValuesOf;
    this.#out = new Output(sink);
    this.#columns = parquetColumns(schema).map((column) => ({ column, pages: [], dictionaries: [] }));
    schema.fields.forEach((field, index) => this.#fieldIndexes.set(`${field.type} ${field.name}`, index));
    this.#out.write(MAGIC);
  }

  /**
   * Row groups of a measurement follow each other, its series ascending; a series may go on in the next. The arrays may be
   * reused after the call. Small groups are pooled and written together.
   */
  addRowGroup(group: RowGroup): void {
    assert(!this.#finished, 'a row group after the end of the block');
    assert(group.rowCount <= MAX_GROUP_ROWS, 'a row group is too large');
    if (group.rowCount === 0) return;
    const large = group.rowCount >= LARGE_GROUP_ROWS;
    const joins =
      this.#pooledRows > 0 &&
      this.#pooledRows + group.rowCount <= MAX_GROUP_ROWS &&
      sharesBase(this.#pooled[0].baseNs, group);
    if (!joins) this.#flushPooled();
    if (large && !joins) this.#writeGroup([group]);
    else {
      this.#pooled.push(copyGroup(group));
      this.#pooledRows += group.rowCount;
    }
  }

  finish(info: { readonly minVersion: number; readonly maxVersion: number }): BlockInfo {
    this.#flushPooled();
    this.#finished = true;
    const places = this.#groups.map((group) => this.#writePageIndex(group));
    this.#writeIndex(info);
    this.#writeFooter(places);
    this.#out.flush();
    const { rowCount, seriesCount, minTimeNs, maxTimeNs } = this.#series.totals();
    return { rowCount, seriesCount, minTimeNs, maxTimeNs, ...info, sizeBytes: this.#out.offset };
  }

  #flushPooled(): void {
    if (this.#pooledRows > 0) this.#writeGroup(this.#pooled);
    this.#pooled = [];
    this.#pooledRows = 0;
  }

  #writeGroup(groups: readonly RowGroup[]): void {
    const group: PooledGroup = poolGroups(groups, (column) => this.#fieldIndex(column));
    const pageStarts = this.#series.addGroup(group, MAX_CHUNK_SPAN_NS);
    const { chunks, stats } = writeGroupColumns({
      group,
      pageStarts: pageStarts.starts,
      firstPage: pageStarts.firstPage,
      groupIndex: this.#groups.length,
      columns: this.#columns,
      tagValuesOf: this.#tagValuesOf,
      compact: this.#schema.compact === true,
      out: this.#out,
    });
    this.#groups.push({ rows: group.rowCount, chunks, places: [] });
    this.#stats.push(stats);
  }

  #fieldIndex(column: RowGroupColumn): number {
    const index = this.#fieldIndexes.get(`${column.type} ${column.name}`);
    assert(index !== undefined, `column ${column.name} is not in the schema of the block`);
    return index;
  }

  /** Of a group of one page it would say nothing that the footer does not. */
  #writePageIndex(group: FooterGroup): PageIndexPlace[] {
    if (group.chunks.every(({ pages }) => pages.length === 1))
      return group.chunks.map(() => ({ columnIndex: undefined, offsetIndex: undefined }));
    return group.chunks.map((chunk) => {
      const complete = chunk.pages.every((page) => page.allNull || page.bounds !== null);
      const hasBounds = complete && chunk.bounds !== null;
      return {
        columnIndex: hasBounds ? this.#writePart((out) => writeColumnIndex(out, chunk.pages)) : undefined,
        offsetIndex: this.#writePart((out) => writeOffsetIndex(out, chunk.pages)),
      };
    });
  }

  #writePart(write: (out: ByteWriter) => void): [offset: number, length: number] {
    const out = new ByteWriter();
    write(out);
    const offset = this.#out.offset;
    this.#out.write(out.written());
    return [offset, out.length];
  }

  #writeIndex(info: { readonly minVersion: number; readonly maxVersion: number }): void {
    const sections = new SectionWriter(this.#out.offset, (bytes) => this.#out.write(bytes));
    for (const section of this.#series.sections()) sections.add(section);
    for (const { column, pages, dictionaries } of this.#columns) {
      if (column.role === 'tag' || column.role === 'measurement') continue;
      sections.add(packColumnTable(pages, dictionaries).written());
    }
    for (const stats of this.#stats) for (const section of stats) sections.add(section);
    const { rowCount, seriesCount, minTimeNs, maxTimeNs, pages, measurements } = this.#series.totals();
    sections.finish({
      rows: rowCount,
      series: seriesCount,
      pages,
      groups: this.#groups.length,
      minTime: `${minTimeNs}`,
      maxTime: `${maxTimeNs}`,
      minVersion: info.minVersion,
      maxVersion: info.maxVersion,
      versions: this.#schema.versions,
      fields: this.#schema.fields.map((field) => [field.name, storedTypeOf(field)] as const),
      measurements,
    });
  }

  #writeFooter(places: readonly PageIndexPlace[][]): void {
    const columns = this.#columns.map(({ column }) => column);
    const metadata = JSON.stringify({
      format: `weir block ${columns.some(({ scale }) => scale !== undefined) ? 2 : 1}`,
      index: 'ends in the 32 bytes before this footer',
      columns: columns.map(({ column, role, name, type, scale }) => ({ column, role, name, type, scale })),
    });
    const out = new ByteWriter();
    const groups = this.#groups.map((group, i) => ({ ...group, places: places[i] }));
    writeFooter(out, columns, groups, [['weir', metadata]]);
    const { length } = out;
    out.uint32(length);
    out.append(MAGIC);
    this.#out.write(out.written());
  }
}
