// Open blocks and their decoded pages, one cache a thread, within a budget of bytes. Pages go by the clock algorithm: a page
// used since the hand last passed is spared once.
import { assert } from '../base/index.ts';
import type { ChunkColumn } from '../model/index.ts';
import { type Block, type BlockMeasurement, fileBlock, openBlock } from './block/index.ts';
import type { BlockSource } from './table-snapshot.ts';

export interface CachedTimes {
  /** `times[row] + shift` counts from the start of the block's shard. */
  readonly shift: number;
  readonly times: Float64Array;
}

interface Page {
  readonly sizeBytes: number;
  used: boolean;
  /** Takes the page out of its block's table. */
  readonly forget: () => void;
}

interface TimesPage extends Page {
  readonly value: CachedTimes;
}

interface ColumnPage extends Page {
  readonly value: ChunkColumn | null;
}

export class PageCache {
  readonly #budgetBytes: number;
  readonly #maxOpenBlocks: number;
  /** In order of last use, oldest first. */
  readonly #blocks = new Map<string, CachedBlock>();
  readonly #pages: Page[] = [];
  #hand = 0;
  #sizeBytes = 0;
  #decodedPages = 0;
  #decodedBytes = 0;

  constructor(budgetBytes: number, maxOpenBlocks = 512) {
    this.#budgetBytes = budgetBytes;
    this.#maxOpenBlocks = maxOpenBlocks;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** How many pages have been decoded since the start, and what they took: readers tell what they caused by the difference. */
  get decodedPages(): number {
    return this.#decodedPages;
  }

  get decodedBytes(): number {
    return this.#decodedBytes;
  }

  /**
   * Opens the block of a shard that starts at `originNs`, or finds it open; `release` must follow. Throws `corrupt` when it is
   * damaged.
   */
  open(source: BlockSource, originNs: bigint): CachedBlock {
    let block = this.#blocks.get(source.key);
    if (block === undefined) block = new CachedBlock(openBlock(fileBlock(source.path)), originNs, this);
    else this.#blocks.delete(source.key);
    this.#blocks.set(source.key, block);
    block.users++;
    if (this.#blocks.size > this.#maxOpenBlocks) this.#closeUnused();
    return block;
  }

  /** The block stays open for the next one who asks, unless it was dropped meanwhile. */
  release(block: CachedBlock): void {
    assert(block.users > 0, 'a block is released once for each time it was opened');
    if (--block.users === 0 && block.isDropped) block.close();
  }

  /** Closes a block that will not be asked for again, once nobody uses it. */
  drop(key: string): void {
    const block = this.#blocks.get(key);
    if (block === undefined) return;
    this.#blocks.delete(key);
    block.isDropped = true;
    if (block.users === 0) block.close();
  }

  /** Called by blocks: takes a new page into account and lets old ones go. */
  admit(page: Page): void {
    this.#pages.push(page);
    this.#sizeBytes += page.sizeBytes;
    this.#decodedPages++;
    this.#decodedBytes += page.sizeBytes;
    while (this.#sizeBytes > this.#budgetBytes && this.#pages.length > 1) this.#advance();
  }

  /** Called by blocks when they close. */
  forget(pages: ReadonlySet<Page>): void {
    let kept = 0;
    for (const page of this.#pages) {
      if (pages.has(page)) this.#sizeBytes -= page.sizeBytes;
      else this.#pages[kept++] = page;
    }
    this.#pages.length = kept;
  }

  close(): void {
    for (const key of [...this.#blocks.keys()]) this.drop(key);
  }

  #closeUnused(): void {
    for (const [key, block] of this.#blocks) {
      if (this.#blocks.size <= this.#maxOpenBlocks) return;
      if (block.users === 0) this.drop(key);
    }
  }

  #advance(): void {
    if (this.#hand >= this.#pages.length) this.#hand = 0;
    const page = this.#pages[this.#hand];
    if (page.used) {
      page.used = false;
      this.#hand++;
      return;
    }
    page.forget();
    this.#sizeBytes -= page.sizeBytes;
    this.#pages[this.#hand] = this.#pages[this.#pages.length - 1];
    this.#pages.pop();
  }
}

/** A block with the pages of it that are decoded at present. */
export class CachedBlock {
  readonly block: Block;
  /** How many have it open; counted by the cache. */
  users = 0;
  isDropped = false;
  /** Least and greatest time of each page, counted from the start of the shard. */
  readonly pageFirst: Float64Array;
  readonly pageLast: Float64Array;
  readonly #originNs: bigint;
  readonly #cache: PageCache;
  readonly #fieldIndexes: ReadonlyMap<string, number>;
  readonly #times: (TimesPage | undefined)[] = [];
  readonly #columns: (ColumnPage | undefined)[][];

  constructor(block: Block, originNs: bigint, cache: PageCache) {
    this.block = block;
    this.pageFirst = Float64Array.from(block.pageMinTimes, (timeNs) => Number(timeNs - originNs));
    this.pageLast = Float64Array.from(block.pageMaxTimes, (timeNs) => Number(timeNs - originNs));
    this.#originNs = originNs;
    this.#cache = cache;
    this.#fieldIndexes = new Map(block.fields.map((field, index) => [field.name, index]));
    this.#columns = block.fields.map(() => []);
  }

  /** The measurement's part of the block, if it has one. */
  measurement(name: string): BlockMeasurement | undefined {
    return this.block.measurements.find((measurement) => measurement.name === name);
  }

  /** Ids of the measurement's series, ascending. */
  seriesOf(name: string): Int32Array {
    const part = this.measurement(name);
    return part === undefined ? new Int32Array(0) : this.block.seriesIds.subarray(part.firstSeries, part.endSeries);
  }

  /** -1 when the block has no such field. */
  fieldIndex(name: string): number {
    return this.#fieldIndexes.get(name) ?? -1;
  }

  times(page: number): CachedTimes {
    const known = this.#times[page];
    if (known !== undefined) {
      known.used = true;
      return known.value;
    }
    const { baseNs, times } = this.block.decodeTimes(page);
    const value = { shift: Number(baseNs - this.#originNs), times };
    const forget = (): void => {
      this.#times[page] = undefined;
    };
    const entry: TimesPage = { value, sizeBytes: value.times.byteLength + 200, used: true, forget };
    this.#times[page] = entry;
    this.#cache.admit(entry);
    return value;
  }

  /** null when no row of the page has a value. */
  column(fieldIndex: number, page: number): ChunkColumn | null {
    const pages = this.#columns[fieldIndex];
    const known = pages[page];
    if (known !== undefined) {
      known.used = true;
      return known.value;
    }
    const value = this.block.decodeColumn(fieldIndex, page);
    const forget = (): void => {
      pages[page] = undefined;
    };
    const entry: ColumnPage = { value, sizeBytes: columnBytes(value) + 200, used: true, forget };
    pages[page] = entry;
    this.#cache.admit(entry);
    return value;
  }

  close(): void {
    const pages = new Set<Page>();
    for (const page of this.#times) if (page !== undefined) pages.add(page);
    for (const column of this.#columns) for (const page of column) if (page !== undefined) pages.add(page);
    this.#cache.forget(pages);
    this.block.close();
  }
}

function columnBytes(column: ChunkColumn | null): number {
  if (column === null) return 0;
  const validBytes = column.valid?.byteLength ?? 0;
  if ('byteLength' in column.values) return column.values.byteLength + validBytes;
  let size = validBytes;
  for (const value of column.values) size += 24 + 2 * value.length;
  return size;
}
