// Reads a block by its series index: what is where is known after `openBlock`, pages are decoded one by one as asked.
import { WeirError, assert, isWeirError, messageOf } from '../../base/index.ts';
import type { ChunkColumn, StringColumn } from '../../model/index.ts';
import type { BlockFile } from './block-file.ts';
import { ColumnReader } from './column-reader.ts';
import { crc32 } from './compression.ts';
import { SectionReader, TRAILER_BYTES, parseTrailer } from './index-section.ts';
import { timeAt } from './packed-numbers.ts';
import { type BlockField, fieldOf } from './row-group.ts';
import { type PageRowsTable, type SeriesRows, unpackPages, unpackSeries } from './series-section.ts';
import { StatsReader, type PageFieldStats, type RunFieldStats } from './stats-reader.ts';

/** Series [firstSeries, endSeries) of a block are of this measurement, ascending by id. */
export interface BlockMeasurement {
  readonly name: string;
  readonly firstSeries: number;
  readonly endSeries: number;
}

/** Times are `baseNs + times[row of the page]`. */
export interface PageTimes {
  readonly baseNs: bigint;
  readonly times: Float64Array;
}

/** A string column of a page as bytes, for those who only pass it on. */
export interface PageText extends StringColumn {
  readonly valid: Uint8Array | null;
}

const MAGIC = 0x31524150;

/** Throws `corrupt` when the file is not a whole block. The block owns the file from here on, also when opening fails. */
export function openBlock(file: BlockFile): Block {
  try {
    return new Block(file);
  } catch (error) {
    file.close();
    throw isWeirError(error) ? error : new WeirError('corrupt', `block ${file.name}: ${messageOf(error)}`, error);
  }
}

/** An open block. Rows, pages and series are numbered over the whole block, in file order. */
export class Block {
  readonly rowCount: number;
  readonly minTimeNs: bigint;
  readonly maxTimeNs: bigint;
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly hasVersions: boolean;
  readonly fields: readonly BlockField[];
  readonly measurements: readonly BlockMeasurement[];
  /** Ascending within each measurement: in a block of one measurement, ascending. */
  readonly seriesIds: Int32Array;
  /** Rows of series i are [rowStarts[i], rowStarts[i + 1]). */
  readonly rowStarts: Uint32Array;
  /** Page p is rows [pageStarts[p], pageStarts[p + 1]), the same for every column. */
  readonly pageStarts: Uint32Array;
  readonly pageMinTimes: BigInt64Array;
  readonly pageMaxTimes: BigInt64Array;
  readonly #file: BlockFile;
  readonly #series: SeriesRows;
  readonly #pages: PageRowsTable;
  readonly #sections: SectionReader;
  readonly #columns: (ColumnReader | undefined)[] = [];
  readonly #stats: StatsReader;

  /** Use `openBlock`. */
  constructor(file: BlockFile) {
    this.#file = file;
    const read = this.#checkedRead.bind(this);
    this.#sections = new SectionReader(parseTrailer(this.#readTrailer()), read);
    const { text } = this.#sections;
    this.rowCount = text.rows;
    this.minTimeNs = BigInt(text.minTime);
    this.maxTimeNs = BigInt(text.maxTime);
    this.minVersion = text.minVersion;
    this.maxVersion = text.maxVersion;
    this.hasVersions = text.versions;
    this.fields = text.fields.map(([name, type]) => fieldOf(name, type));
    this.measurements = text.measurements.map(([name, firstSeries], i) => {
      return { name, firstSeries, endSeries: text.measurements[i + 1]?.[1] ?? text.series };
    });
    this.#series = unpackSeries(this.#sections.section(0), text.series);
    this.#pages = unpackPages(this.#sections.section(1), text.pages, text.groups);
    this.seriesIds = this.#series.ids;
    this.rowStarts = this.#series.rowStarts;
    this.pageStarts = this.#pages.pageStarts;
    this.pageMinTimes = this.#pages.pageMinTimes;
    this.pageMaxTimes = this.#pages.pageMaxTimes;
    const firstSection = 2 + this.#columnCount();
    this.#stats = new StatsReader(this.#sections, firstSection, this.fields.length, this.#series, this.#pages);
  }

  /** Index of a series, or -1. */
  findSeries(id: number, measurement: BlockMeasurement): number {
    let low = measurement.firstSeries;
    let high = measurement.endSeries - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.seriesIds[middle];
      if (found === id) return middle;
      if (found < id) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  /** The page that holds a row. */
  pageOf(row: number): number {
    let low = 0;
    let high = this.pageStarts.length - 2;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.pageStarts[middle] <= row) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  seriesMinTime(series: number): bigint {
    return timeAt(this.#series.minTimes, series);
  }

  seriesMaxTime(series: number): bigint {
    return timeAt(this.#series.maxTimes, series);
  }

  decodeTimes(page: number): PageTimes {
    return this.#column(0).times(page, this.pageMinTimes[page]);
  }

  /** Only where `hasVersions`. */
  decodeVersions(page: number): Float64Array {
    assert(this.hasVersions, 'a block without versions is asked for them');
    return this.#column(this.fields.length + 1).numbers(page);
  }

  /** null = the field has no value in the page. */
  decodeColumn(field: number, page: number): ChunkColumn | null {
    return this.#column(field + 1).column(page, this.fields[field]);
  }

  /** The same for a string field, as bytes: exact also where they are not UTF-8. */
  decodeText(field: number, page: number): PageText | null {
    return this.#column(field + 1).text(page);
  }

  /** Statistics of a whole series; undefined = not stored, or not exact. */
  seriesStats(series: number, field: number): RunFieldStats | undefined {
    return this.#guard(() => this.#stats.ofSeries(series, field, this.fields[field].type));
  }

  /** Statistics of a whole page, for numbers and booleans; undefined = not stored, or not exact. */
  pageStats(page: number, field: number): PageFieldStats | undefined {
    return this.#guard(() => this.#stats.ofPage(page, field, this.fields[field].type));
  }

  close(): void {
    this.#file.close();
  }

  #columnCount(): number {
    return this.fields.length + (this.hasVersions ? 2 : 1);
  }

  /** 0 = time, then fields, then version. */
  #column(index: number): ColumnReader {
    return (this.#columns[index] ??= this.#guard(() => {
      const bytes = this.#sections.section(2 + index);
      return new ColumnReader(bytes, this.#pages, this.#checkedRead.bind(this));
    }));
  }

  #readTrailer(): Uint8Array {
    const { sizeBytes, name } = this.#file;
    if (sizeBytes < 12 + TRAILER_BYTES) throw new WeirError('corrupt', `block ${name} has only ${sizeBytes} bytes`);
    const tail = this.#file.read(sizeBytes - 8, 8);
    const view = new DataView(tail.buffer, tail.byteOffset, 8);
    const trailerAt = sizeBytes - 8 - view.getUint32(0, true) - TRAILER_BYTES;
    if (view.getUint32(4, true) !== MAGIC || trailerAt < 4) {
      throw new WeirError('corrupt', `block ${name} has no Parquet footer at byte ${sizeBytes - 8}`);
    }
    return this.#file.read(trailerAt, TRAILER_BYTES);
  }

  #checkedRead(offset: number, length: number, crc: number): Uint8Array {
    const bytes = this.#file.read(offset, length);
    if (crc32(bytes) === crc) return bytes;
    throw new WeirError('corrupt', `block ${this.#file.name}: wrong checksum of ${length} bytes at byte ${offset}`);
  }

  #guard<T>(decode: () => T): T {
    try {
      return decode();
    } catch (error) {
      if (isWeirError(error)) throw error;
      throw new WeirError('corrupt', `block ${this.#file.name}: ${messageOf(error)}`, error);
    }
  }
}
