// Where the bytes of a block go, as its own footer tells, and how few it could be.
import { parquetMetadata } from 'hyparquet';

export interface ColumnBytes {
  readonly bytes: number;
  readonly encodings: ReadonlySet<string>;
}

export interface Account {
  /** Pages with their headers and dictionaries, by column. */
  readonly columns: ReadonlyMap<string, ColumnBytes>;
  readonly pageIndex: number;
  /** Weir's own: series, pages, statistics. */
  readonly seriesIndex: number;
  readonly footer: number;
}

const NAMES: Readonly<Record<string, string>> = {
  PLAIN: 'plain',
  DELTA_BINARY_PACKED: 'delta',
  RLE_DICTIONARY: 'dictionary',
  BYTE_STREAM_SPLIT: 'split',
};

export function accountOf(block: Buffer): Account {
  const metadata = parquetMetadata(new Uint8Array(block).buffer);
  const columns = new Map<string, ColumnBytes>();
  let [pages, pageIndex] = [0, 0];
  for (const chunk of metadata.row_groups.flatMap((group) => group.columns)) {
    const name = chunk.meta_data?.path_in_schema[0] ?? '';
    const bytes = Number(chunk.meta_data?.total_compressed_size ?? 0);
    const known = columns.get(name);
    const used = (chunk.meta_data?.encodings ?? []).flatMap((encoding) => NAMES[encoding] ?? []);
    // The entries of a dictionary are plain.
    const encodings = used.includes('dictionary') ? ['dictionary'] : used;
    columns.set(name, {
      bytes: bytes + (known?.bytes ?? 0),
      encodings: new Set([...(known?.encodings ?? []), ...encodings]),
    });
    pages += bytes;
    pageIndex += (chunk.offset_index_length ?? 0) + (chunk.column_index_length ?? 0);
  }
  const footer = block.readUInt32LE(block.length - 8) + 12;
  return { columns, pageIndex, footer, seriesIndex: block.length - pages - pageIndex - footer };
}

/** Bytes a value that a perfect code of lengths takes, the bits of each number behind its length being without pattern. */
export function informationOf(numbers: readonly number[]): number {
  const lengths = new Map<number, number>();
  let bits = 0;
  for (const number of numbers) {
    const length = number === 0 ? 0 : Math.floor(Math.log2(Math.abs(number))) + 1;
    lengths.set(length, (lengths.get(length) ?? 0) + 1);
    bits += length;
  }
  for (const times of lengths.values()) bits -= times * Math.log2(times / numbers.length);
  return bits / 8 / numbers.length;
}

export function differencesOf(numbers: readonly number[]): number[] {
  return numbers.map((number, at) => number - (at === 0 ? 0 : numbers[at - 1]));
}
