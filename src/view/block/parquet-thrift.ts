// Parquet's structures as Thrift: page headers, page index and footer. Field numbers are those of the format's parquet.thrift.
import { ByteWriter } from './byte-writer.ts';
import { ENCODING, PHYSICAL, type ParquetColumn } from './parquet-columns.ts';
import { THRIFT, ThriftWriter } from './thrift-writer.ts';

const PAGE_DICTIONARY = 2;
const PAGE_DATA_V2 = 3;
const CODEC = { none: 0, zstd: 6 } as const;
const CONVERTED = { utf8: 0, decimal: 5, uint64: 14 } as const;
/** Digits of a decimal that 64 bits hold. */
const DECIMAL_PRECISION = 18;

export interface DataPageHeader {
  readonly rows: number;
  readonly nulls: number;
  readonly encoding: number;
  readonly levelsLength: number;
  /** Of the values, before compression. */
  readonly rawLength: number;
  /** Of levels and values as stored. */
  readonly storedLength: number;
  readonly compressed: boolean;
  readonly crc: number;
}

export function writeDataPageHeader(out: ByteWriter, page: DataPageHeader): void {
  const thrift = new ThriftWriter(out);
  thrift.begin();
  thrift.i32(1, PAGE_DATA_V2);
  thrift.i32(2, page.levelsLength + page.rawLength);
  thrift.i32(3, page.storedLength);
  thrift.i32(4, page.crc | 0);
  thrift.struct(8);
  thrift.i32(1, page.rows);
  thrift.i32(2, page.nulls);
  thrift.i32(3, page.rows);
  thrift.i32(4, page.encoding);
  thrift.i32(5, page.levelsLength);
  thrift.i32(6, 0);
  thrift.boolean(7, page.compressed);
  thrift.end();
  thrift.end();
}

export interface DictionaryPageHeader {
  readonly entries: number;
  readonly rawLength: number;
  readonly storedLength: number;
  readonly crc: number;
}

export function writeDictionaryPageHeader(out: ByteWriter, page: DictionaryPageHeader): void {
  const thrift = new ThriftWriter(out);
  thrift.begin();
  thrift.i32(1, PAGE_DICTIONARY);
  thrift.i32(2, page.rawLength);
  thrift.i32(3, page.storedLength);
  thrift.i32(4, page.crc | 0);
  thrift.struct(7);
  thrift.i32(1, page.entries);
  thrift.i32(2, ENCODING.plain);
  thrift.end();
  thrift.end();
}

/** One data page of a column chunk, for the page index. */
export interface PageLocation {
  readonly offset: number;
  /** With its header. */
  readonly length: number;
  /** Within the row group. */
  readonly firstRow: number;
  readonly nulls: number;
  readonly allNull: boolean;
  /** In Parquet's plain encoding; null where the page has none. */
  readonly bounds: PageBounds | null;
}

export interface PageBounds {
  readonly min: Uint8Array;
  readonly max: Uint8Array;
}

/** A column chunk as the footer describes it. */
export interface ChunkMeta {
  readonly column: ParquetColumn;
  readonly rows: number;
  readonly nulls: number;
  readonly encodings: ReadonlySet<number>;
  readonly compressed: boolean;
  readonly dictionaryOffset: number | undefined;
  readonly dataOffset: number;
  readonly rawBytes: number;
  readonly storedBytes: number;
  readonly bounds: PageBounds | null;
  readonly pages: readonly PageLocation[];
}

/** Where the chunk's page index stands; undefined = it has none. */
export interface PageIndexPlace {
  readonly offsetIndex: readonly [offset: number, length: number] | undefined;
  readonly columnIndex: readonly [offset: number, length: number] | undefined;
}

export function writeOffsetIndex(out: ByteWriter, pages: readonly PageLocation[]): void {
  const thrift = new ThriftWriter(out);
  thrift.begin();
  thrift.list(1, THRIFT.struct, pages.length);
  for (const page of pages) {
    thrift.begin();
    thrift.i64(1, page.offset);
    thrift.i32(2, page.length);
    thrift.i64(3, page.firstRow);
    thrift.end();
  }
  thrift.end();
}

const NO_BYTES = new Uint8Array(0);

/** Only for chunks where every page that has values has bounds. */
export function writeColumnIndex(out: ByteWriter, pages: readonly PageLocation[]): void {
  const thrift = new ThriftWriter(out);
  thrift.begin();
  thrift.list(1, THRIFT.true, pages.length);
  for (const page of pages) thrift.booleanElement(page.allNull);
  thrift.list(2, THRIFT.binary, pages.length);
  for (const page of pages) thrift.binaryElement(page.bounds?.min ?? NO_BYTES);
  thrift.list(3, THRIFT.binary, pages.length);
  for (const page of pages) thrift.binaryElement(page.bounds?.max ?? NO_BYTES);
  thrift.i32(4, 0);
  thrift.list(5, THRIFT.i64, pages.length);
  for (const page of pages) thrift.intElement(page.nulls);
  thrift.end();
}

export interface FooterGroup {
  readonly rows: number;
  readonly chunks: readonly ChunkMeta[];
  readonly places: readonly PageIndexPlace[];
}

export function writeFooter(
  out: ByteWriter,
  columns: readonly ParquetColumn[],
  groups: readonly FooterGroup[],
  metadata: ReadonlyArray<readonly [key: string, value: string]>,
): void {
  const thrift = new ThriftWriter(out);
  thrift.begin();
  thrift.i32(1, 2);
  writeSchema(thrift, columns);
  thrift.i64(
    3,
    groups.reduce((rows, group) => rows + group.rows, 0),
  );
  thrift.list(4, THRIFT.struct, groups.length);
  for (const group of groups) writeGroup(thrift, group);
  thrift.list(5, THRIFT.struct, metadata.length);
  for (const [key, value] of metadata) {
    thrift.begin();
    thrift.binary(1, key);
    thrift.binary(2, value);
    thrift.end();
  }
  thrift.binary(6, 'weir');
  // Bounds are ordered as each type defines.
  thrift.list(7, THRIFT.struct, columns.length);
  for (let i = 0; i < columns.length; i++) {
    thrift.begin();
    thrift.struct(1);
    thrift.end();
    thrift.end();
  }
  thrift.end();
}

function writeSchema(thrift: ThriftWriter, columns: readonly ParquetColumn[]): void {
  thrift.list(2, THRIFT.struct, columns.length + 1);
  thrift.begin();
  thrift.binary(4, 'weir');
  thrift.i32(5, columns.length);
  thrift.end();
  for (const column of columns) {
    thrift.begin();
    thrift.i32(1, column.physical);
    thrift.i32(3, column.optional ? 1 : 0);
    thrift.binary(4, column.column);
    writeLogicalType(thrift, column);
    thrift.end();
  }
}

function writeLogicalType(thrift: ThriftWriter, column: ParquetColumn): void {
  if (column.physical === PHYSICAL.byteArray) {
    thrift.i32(6, CONVERTED.utf8);
    thrift.struct(10);
    thrift.struct(1);
    thrift.end();
    thrift.end();
  } else if (column.role === 'time') {
    // Nanoseconds of UTC, marked as "not adjusted to UTC": DuckDB cuts adjusted ones to microseconds.
    thrift.struct(10);
    thrift.struct(8);
    thrift.boolean(1, false);
    thrift.struct(2);
    thrift.struct(3);
    thrift.end();
    thrift.end();
    thrift.end();
    thrift.end();
  } else if (column.scale !== undefined) {
    thrift.i32(6, CONVERTED.decimal);
    thrift.i32(7, column.scale);
    thrift.i32(8, DECIMAL_PRECISION);
    thrift.struct(10);
    thrift.struct(5);
    thrift.i32(1, column.scale);
    thrift.i32(2, DECIMAL_PRECISION);
    thrift.end();
    thrift.end();
  } else if (column.type === 'unsigned') {
    thrift.i32(6, CONVERTED.uint64);
    thrift.struct(10);
    thrift.struct(10);
    thrift.byteField(1, 64);
    thrift.boolean(2, false);
    thrift.end();
    thrift.end();
  }
}

function writeGroup(thrift: ThriftWriter, group: FooterGroup): void {
  thrift.begin();
  thrift.list(1, THRIFT.struct, group.chunks.length);
  for (let i = 0; i < group.chunks.length; i++) writeChunk(thrift, group.chunks[i], group.places[i]);
  thrift.i64(
    2,
    group.chunks.reduce((bytes, chunk) => bytes + chunk.rawBytes, 0),
  );
  thrift.i64(3, group.rows);
  thrift.end();
}

function writeChunk(thrift: ThriftWriter, chunk: ChunkMeta, place: PageIndexPlace): void {
  thrift.begin();
  thrift.i64(2, 0);
  thrift.struct(3);
  thrift.i32(1, chunk.column.physical);
  thrift.list(2, THRIFT.i32, chunk.encodings.size);
  for (const encoding of chunk.encodings) thrift.intElement(encoding);
  thrift.list(3, THRIFT.binary, 1);
  thrift.binaryElement(chunk.column.column);
  thrift.i32(4, chunk.compressed ? CODEC.zstd : CODEC.none);
  thrift.i64(5, chunk.rows);
  thrift.i64(6, chunk.rawBytes);
  thrift.i64(7, chunk.storedBytes);
  thrift.i64(9, chunk.dataOffset);
  if (chunk.dictionaryOffset !== undefined) thrift.i64(11, chunk.dictionaryOffset);
  thrift.struct(12);
  thrift.i64(3, chunk.nulls);
  if (chunk.bounds !== null) {
    thrift.binary(5, chunk.bounds.max);
    thrift.binary(6, chunk.bounds.min);
  }
  thrift.end();
  thrift.end();
  if (place.offsetIndex !== undefined) {
    thrift.i64(4, place.offsetIndex[0]);
    thrift.i32(5, place.offsetIndex[1]);
  }
  if (place.columnIndex !== undefined) {
    thrift.i64(6, place.columnIndex[0]);
    thrift.i32(7, place.columnIndex[1]);
  }
  thrift.end();
}
