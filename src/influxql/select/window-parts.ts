// The windows of one group in parts, from the side where reading starts: for more windows than one request should have, and
// for LIMIT, which then reads only what it shows.
//
//     ORDER BY time DESC LIMIT 5      |  …        | 80 | 20 |5|      parts grow while more is wanted
//
// Whether empty windows are shown depends on values further on (a group without any value shows nothing; a range without a
// start ends at its oldest value). So parts are held back until that is known; empty ones are not kept but made again.
import type { AggregateColumn } from '../../exec/index.ts';
import type { CellBlock, Level } from './cells.ts';
import { isBounded } from './levels.ts';
import type { OutputPlan } from './output-plan.ts';
import { MAX_WINDOWS, emptyColumn, pushedWindows } from './pushdown.ts';
import type { Group } from './rows.ts';
import type { SelectJob } from './source-rows.ts';
import type { StoredInput } from './stored-input.ts';
import { type WindowList, sliceWindows, windowCount, windowIndex } from './windows.ts';

/** Windows [from, to) of the level; null = no request has a value in them. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly block: CellBlock | null;
}

/** Blocks of one level for one group, windows in reading order, until those that were taken are enough for LIMIT. */
export async function* windowParts(
  job: SelectJob,
  input: StoredInput,
  level: Level,
  group: number,
  plan: OutputPlan,
  hasEnough: (group: Group) => boolean,
  firstPoint: () => Promise<bigint | undefined>,
): AsyncGenerator<CellBlock> {
  const { select, env } = job;
  if (level.windows === null) return;
  const { windows } = level;
  const lookBack = plan.calls.reduce((most, call) => Math.max(most, call.lookBack), 0);
  const progress = new Progress(job, level, input, group);
  let total = windowCount(windows);
  let size = select.limit > 0 ? Math.min(MAX_WINDOWS, select.limit + select.offset + lookBack) : MAX_WINDOWS;
  let exact = isBounded(select) || select.ascending;
  for (let done = 0; done < total && !hasEnough(input.groups.groups[group]); ) {
    if (!exact && done >= MAX_VAGUE_WINDOWS) {
      exact = true;
      total = Math.min(total, windowsFrom(windows, await firstPoint()));
      if (done >= total) break;
    }
    const count = Math.min(size, total - done);
    const from = select.ascending ? done : windowCount(windows) - done - count;
    const block = await pushedWindows(input, level, group, from, from + count, select.ascending, env);
    await env.giveWay();
    done += count;
    size = Math.min(MAX_WINDOWS, size * 4);
    yield* progress.add({ from, to: from + count, block });
    env.checkMemory(progress.heldCount * PART_BYTES);
  }
  yield* progress.finish();
}

/** What a part takes that is held back, about. */
const PART_BYTES = 200;

/** So many windows are read backwards before it is asked where the points begin. */
const MAX_VAGUE_WINDOWS = 10_000;

/** How many windows there are from the one of a time on. */
function windowsFrom(windows: WindowList, timeNs: bigint | undefined): number {
  return timeNs === undefined ? 0 : windowCount(windows) - windowIndex(windows, timeNs);
}

/** Parts on their way out. */
class Progress {
  readonly #job: SelectJob;
  readonly #level: Level;
  readonly #input: StoredInput;
  readonly #group: number;
  #held: Part[] = [];
  /** Requests that had a value so far. */
  readonly #started: boolean[];

  constructor(job: SelectJob, level: Level, input: StoredInput, group: number) {
    this.#job = job;
    this.#level = level;
    this.#input = input;
    this.#group = group;
    this.#started = level.requests.map(() => false);
  }

  get heldCount(): number {
    return this.#held.length;
  }

  /** Gives back the parts that are decided now. */
  *add(part: Part & { readonly block: CellBlock }): Generator<CellBlock> {
    const hasValue = part.block.levels[0].columns.map(hasPoints);
    for (const [request, has] of hasValue.entries()) if (has) this.#started[request] = true;
    this.#held.push(hasValue.includes(true) ? part : { ...part, block: null });
    if (this.#isDecided(part.block)) yield* this.finish();
  }

  /** Whether later parts can no longer change what this one and those before it show. */
  #isDecided(block: CellBlock): boolean {
    const { select } = this.#job;
    if (select.fill.mode === 'none' || (select.ascending && !isBounded(select))) return true;
    const columns = block.levels[0].columns;
    return this.#level.requests.every(({ base }, request) => {
      if (!base.filled) return true;
      // Descending without a start: the oldest window of the part must have a value.
      return isBounded(select) ? this.#started[request] : columns[request].valid[0] === 1;
    });
  }

  /** All parts that were held; nothing comes after them that matters. */
  *finish(): Generator<CellBlock> {
    const held = this.#held;
    this.#held = [];
    const goesOn = this.#lookAhead(held);
    for (const [index, { from, to, block }] of held.entries()) {
      const full = block ?? this.#emptyBlock(from, to);
      yield { ...full, levels: [{ ...full.levels[0], goesOn: goesOn[index] }] };
    }
  }

  /** For each part, whether each request has a value in the parts behind it; with a start, in any part. */
  #lookAhead(held: readonly Part[]): boolean[][] {
    if (isBounded(this.#job.select)) return held.map(() => [...this.#started]);
    let behind = this.#level.requests.map(() => false);
    return held
      .toReversed()
      .map(({ block }) => {
        const own = behind;
        if (block !== null) behind = block.levels[0].columns.map((column, index) => own[index] || hasPoints(column));
        return own;
      })
      .reverse();
  }

  #emptyBlock(from: number, to: number): CellBlock {
    const windows = this.#level.windows === null ? null : sliceWindows(this.#level.windows, from, to);
    const columns = this.#level.requests.map(({ base }) => emptyColumn(base.kind, to - from));
    return {
      groups: [this.#input.groups.groups[this.#group]],
      levels: [{ windows, windowCount: to - from, columns }],
      lookUp: (_timesNs, _seriesIds, references) => Promise.resolve(references.map(() => null)),
    };
  }
}

function hasPoints({ valid, lists }: AggregateColumn): boolean {
  return valid.includes(1) || lists?.some((list) => list.length > 0) === true;
}
