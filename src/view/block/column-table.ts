// Where the pages of one column stand, as Weir's own reader wants it: no page header has to be parsed to find or check a page.
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import type { ParquetColumn } from './parquet-columns.ts';
import { packNumbers, unpackNumbers } from './packed-numbers.ts';

/** A stored page without its header: levels (which rows have a value), then values. Pages without any value have none. */
export interface StoredPage {
  readonly page: number;
  readonly offset: number;
  readonly length: number;
  readonly crc: number;
  readonly levelsLength: number;
  /** Of the values before compression. */
  readonly rawLength: number;
  /** Rows that have a value. */
  readonly values: number;
  /** Parquet's code. */
  readonly encoding: number;
  readonly flags: number;
}

/** Flags of a stored page. */
export const PAGE_COMPRESSED = 1;
/** Some integer is beyond ±(2^53 - 1): the page decodes to 64-bit integers. */
export const PAGE_WIDE = 2;

export interface StoredDictionary {
  readonly group: number;
  readonly offset: number;
  readonly length: number;
  readonly crc: number;
  readonly rawLength: number;
  readonly entries: number;
}

/** What has been written of one column over all row groups. */
export interface ColumnRecord {
  readonly column: ParquetColumn;
  readonly pages: StoredPage[];
  readonly dictionaries: StoredDictionary[];
}

const PAGE_MEMBERS = ['crc', 'levelsLength', 'rawLength', 'values', 'encoding', 'flags'] as const;
const DICTIONARY_MEMBERS = ['group', 'offset', 'length', 'crc', 'rawLength', 'entries'] as const;

export function packColumnTable(pages: readonly StoredPage[], dictionaries: readonly StoredDictionary[]): ByteWriter {
  const out = new ByteWriter();
  out.varint(pages.length);
  // Numbers and offsets as what differs from the expected: the next page, right behind the one before.
  packNumbers(
    out,
    Float64Array.from(pages, ({ page }, i) => page - i),
  );
  packNumbers(
    out,
    Float64Array.from(pages, ({ length }) => length),
  );
  packNumbers(
    out,
    Float64Array.from(pages, ({ offset }, i) => offset - (i === 0 ? 0 : pages[i - 1].offset + pages[i - 1].length)),
  );
  for (const member of PAGE_MEMBERS)
    packNumbers(
      out,
      Float64Array.from(pages, (page) => page[member]),
    );
  out.varint(dictionaries.length);
  for (const member of DICTIONARY_MEMBERS) {
    packNumbers(
      out,
      Float64Array.from(dictionaries, (dictionary) => dictionary[member]),
    );
  }
  return out;
}

export class ColumnTable {
  readonly #count: number;
  readonly #pages: Float64Array;
  readonly #lengths: Float64Array;
  readonly #offsets: Float64Array;
  readonly #members: Record<(typeof PAGE_MEMBERS)[number], Float64Array>;
  readonly #dictionaries = new Map<number, StoredDictionary>();

  constructor(bytes: Uint8Array) {
    const reader = new ByteReader(bytes);
    this.#count = reader.varint();
    this.#pages = unpackNumbers(reader, this.#count);
    this.#lengths = unpackNumbers(reader, this.#count);
    this.#offsets = unpackNumbers(reader, this.#count);
    let end = 0;
    for (let i = 0; i < this.#count; i++) {
      this.#pages[i] += i;
      this.#offsets[i] += end;
      end = this.#offsets[i] + this.#lengths[i];
    }
    const next = (): Float64Array => unpackNumbers(reader, this.#count);
    const [crc, levelsLength, rawLength, values, encoding, flags] = PAGE_MEMBERS.map(next);
    this.#members = { crc, levelsLength, rawLength, values, encoding, flags };
    const dictionaries = reader.varint();
    const columns = DICTIONARY_MEMBERS.map(() => unpackNumbers(reader, dictionaries));
    for (let i = 0; i < dictionaries; i++) {
      const [group, offset, length, dictionaryCrc, raw, entries] = columns.map((column) => column[i]);
      this.#dictionaries.set(group, { group, offset, length, crc: dictionaryCrc, rawLength: raw, entries });
    }
  }

  /** undefined = no row of the page has a value. */
  page(page: number): StoredPage | undefined {
    const i = this.#slotOf(page);
    if (i < 0) return undefined;
    const { crc, levelsLength, rawLength, values, encoding, flags } = this.#members;
    return {
      page,
      offset: this.#offsets[i],
      length: this.#lengths[i],
      crc: crc[i],
      levelsLength: levelsLength[i],
      rawLength: rawLength[i],
      values: values[i],
      encoding: encoding[i],
      flags: flags[i],
    };
  }

  dictionary(group: number): StoredDictionary | undefined {
    return this.#dictionaries.get(group);
  }

  #slotOf(page: number): number {
    let low = 0;
    let high = this.#count - 1;
    if (this.#pages[page] === page) return page;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.#pages[middle];
      if (found === page) return middle;
      if (found < page) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}
