// One column of an open block: finds a page, checks it, takes it apart and hands it to the decoder of its encoding.
import { WeirError } from '../../base/index.ts';
import type { ChunkColumn, FieldType } from '../../model/index.ts';
import { ColumnTable, PAGE_COMPRESSED, PAGE_WIDE, type StoredPage } from './column-table.ts';
import { decompress } from './compression.ts';
import { fromScaled } from './decimal.ts';
import { DecodedDictionary } from './decoded-dictionary.ts';
import type { CheckedRead } from './index-section.ts';
import {
  decodeBooleans,
  decodeFloats,
  decodeIntegers,
  decodeLevels,
  decodeOffsets,
  decodeStrings,
  decodeText,
  decodeWide,
} from './page-decoder.ts';
import { ENCODING } from './parquet-columns.ts';
import type { BlockField } from './row-group.ts';
import { lastAtMost } from './stats-reader.ts';
import type { PageRowsTable } from './series-section.ts';
import type { DecodedText } from './text-decoder.ts';

/** Dictionaries that a column keeps decoded: pages are mostly asked for in file order. */
const KEPT_DICTIONARIES = 4;

interface OpenPage {
  readonly stored: StoredPage;
  readonly rows: number;
  /** null = every row has a value. */
  readonly valid: Uint8Array | null;
  /** Encoded values. */
  readonly raw: Uint8Array;
  readonly dictionary: DecodedDictionary | undefined;
}

export class ColumnReader {
  readonly #table: ColumnTable;
  readonly #pages: PageRowsTable;
  readonly #read: CheckedRead;
  /** By row group. */
  readonly #dictionaries = new Map<number, DecodedDictionary>();

  constructor(table: Uint8Array, pages: PageRowsTable, read: CheckedRead) {
    this.#table = new ColumnTable(table);
    this.#pages = pages;
    this.#read = read;
  }

  times(page: number, leastNs: bigint): { baseNs: bigint; times: Float64Array } {
    const { stored, rows, raw, dictionary } = this.#required(page);
    const times = new Float64Array(rows);
    const baseNs = decodeOffsets(stored.encoding, raw, times, leastNs, dictionary);
    return { baseNs, times };
  }

  /** A column without nulls and without wide integers. */
  numbers(page: number): Float64Array {
    const { stored, rows, raw, dictionary } = this.#required(page);
    const numbers = new Float64Array(rows);
    decodeIntegers(stored.encoding, raw, numbers, rows, dictionary);
    return numbers;
  }

  column(page: number, { type, scale }: BlockField): ChunkColumn | null {
    const open = this.#open(page);
    if (open === undefined) return null;
    const { valid } = open;
    if (type === 'string') return { type, values: this.#stringsOf(open), valid };
    if (open.stored.flags & PAGE_WIDE) return { type, values: this.#wideOf(open, type), valid };
    const { stored, rows, raw } = open;
    const count = stored.values;
    const out = valid === null ? new Float64Array(rows) : reserveDense(count);
    if (scale !== undefined) {
      decodeIntegers(stored.encoding, raw, out, count, open.dictionary);
      fromScaled(out, count, scale);
    } else if (type === 'float') decodeFloats(stored.encoding, raw, out, count, open.dictionary);
    else if (type === 'boolean') decodeBooleans(stored.encoding, raw, out, count);
    else decodeIntegers(stored.encoding, raw, out, count, open.dictionary);
    return { type, values: valid === null ? out : spread(out, valid, count), valid };
  }

  text(page: number): (DecodedText & { valid: Uint8Array | null }) | null {
    const open = this.#open(page);
    if (open === undefined) return null;
    const { stored, raw, rows, valid } = open;
    const dense = decodeText(stored.encoding, raw, stored.values, open.dictionary);
    if (valid === null) return { ...dense, valid };
    const starts = new Uint32Array(rows);
    const ends = new Uint32Array(rows);
    for (let row = 0, from = 0; row < rows; row++) {
      if (valid[row] === 0) continue;
      starts[row] = dense.starts[from];
      ends[row] = dense.ends[from++];
    }
    return { text: dense.text, starts, ends, valid };
  }

  #stringsOf({ stored, raw, valid, rows, dictionary }: OpenPage): string[] {
    const dense = decodeStrings(stored.encoding, raw, stored.values, dictionary);
    if (valid === null) return dense;
    const strings: string[] = [];
    for (let row = 0, from = 0; row < rows; row++) strings[row] = valid[row] === 1 ? dense[from++] : '';
    return strings;
  }

  #wideOf({ stored, raw, valid, rows, dictionary }: OpenPage, type: FieldType): BigInt64Array | BigUint64Array {
    const out = new BigInt64Array(rows);
    decodeWide(stored.encoding, raw, out, stored.values, dictionary);
    if (valid !== null) spreadWide(out, valid, stored.values);
    return type === 'unsigned' ? new BigUint64Array(out.buffer) : out;
  }

  #required(page: number): OpenPage {
    const open = this.#open(page);
    if (open === undefined) throw new WeirError('corrupt', `page ${page} is not listed`);
    return open;
  }

  #open(page: number): OpenPage | undefined {
    const stored = this.#table.page(page);
    if (stored === undefined) return undefined;
    const rows = this.#pages.pageStarts[page + 1] - this.#pages.pageStarts[page];
    // Before the page itself: its bytes live only until the next read.
    const dictionary =
      stored.encoding === ENCODING.dictionary ? this.#dictionary(lastAtMost(this.#pages.groupPages, page)) : undefined;
    const bytes = this.#read(stored.offset, stored.length, stored.crc);
    const valid = stored.values < rows ? decodeLevels(bytes.subarray(0, stored.levelsLength), rows) : null;
    const body = bytes.subarray(stored.levelsLength);
    const raw = stored.flags & PAGE_COMPRESSED ? decompress(body, stored.rawLength) : body;
    return { stored, rows, valid, raw, dictionary };
  }

  #dictionary(group: number): DecodedDictionary | undefined {
    const kept = this.#dictionaries.get(group);
    const stored = this.#table.dictionary(group);
    if (kept !== undefined || stored === undefined) return kept;
    const bytes = this.#read(stored.offset, stored.length, stored.crc);
    const dictionary = new DecodedDictionary(decompress(bytes, stored.rawLength), stored.entries);
    if (this.#dictionaries.size === KEPT_DICTIONARIES) {
      const [oldest] = this.#dictionaries.keys();
      this.#dictionaries.delete(oldest);
    }
    this.#dictionaries.set(group, dictionary);
    return dictionary;
  }
}

/** The dense values of one page with nulls, and one 0 behind them. */
let denseScratch = new Float64Array(0);

function reserveDense(count: number): Float64Array {
  if (denseScratch.length <= count) denseScratch = new Float64Array(count + 1);
  return denseScratch;
}

/** Puts dense values into their rows; rows without a value are 0. Free of branches, as nulls come when they like. */
function spread(dense: Float64Array, valid: Uint8Array, count: number): Float64Array {
  const values = new Float64Array(valid.length);
  dense[count] = 0;
  for (let row = 0, from = 0; row < values.length; row++) {
    const has = valid[row];
    values[row] = dense[(from & -has) | (count & (has - 1))];
    from += has;
  }
  return values;
}

/** Moves the dense values at the front to their rows, from the back. */
function spreadWide(values: BigInt64Array, valid: Uint8Array, count: number): void {
  let from = count;
  for (let row = values.length - 1; row >= 0; row--) values[row] = valid[row] === 1 ? values[--from] : 0n;
}
