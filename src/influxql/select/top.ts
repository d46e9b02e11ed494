// top(v, host, 3) and bottom(v, host, 3): the N best points of different hosts. First the best point of each host, by max or
// min in groups that are finer by those tags; then the N best of the finer groups of each group.
//
//     max(v) by region, host      eu a 5   eu b 9   eu c 7 │ us d 3 …
//     top(v, host, 2) by region   eu: b 9, c 7             │ us: d 3 …
import type { AggregateColumn, SelectedPoint } from '../../exec/index.ts';
import type { FieldType } from '../../model/index.ts';
import type { CellBlock, PointLookUp } from './cells.ts';
import type { BaseCall } from './output-plan.ts';
import { FoundValues } from './point-lookup.ts';
import type { Group } from './rows.ts';

/** The call that finds the best point of each finer group. */
export function finerCall(base: BaseCall): BaseCall {
  return { ...base, kind: base.kind === 'top' ? 'max' : 'min', argument: undefined, distinctBy: [] };
}

/**
 * Blocks of finer groups, whose first `tagCount` tags are those of the query's groups, as blocks of the query's groups.
 * `keepTags`: the chosen points stay in their finer groups, for INTO.
 */
export async function* rankBlocks(
  blocks: AsyncIterable<CellBlock>,
  base: BaseCall,
  tagCount: number,
  ascending: boolean,
  keepTags: boolean,
): AsyncGenerator<CellBlock> {
  let ranking: Ranking | undefined;
  for await (const block of blocks) {
    for (let index = 0; index < block.groups.length; index++) {
      const finer = block.groups[index];
      if (ranking === undefined || !ranking.covers(finer)) {
        if (ranking !== undefined) yield* ranking.finish(keepTags);
        ranking = new Ranking(finer, tagCount, base, ascending);
      }
      ranking.add(finer, block, index);
    }
  }
  if (ranking !== undefined) yield* ranking.finish(keepTags);
}

/** Where a point came from: a place in the list of all points of one group. */
interface RankedPoint {
  readonly finer: Group;
  readonly window: number;
  readonly point: SelectedPoint;
  readonly lookUp: PointLookUp;
  readonly seriesId: number;
}

/** The points of one of the query's groups. */
class Ranking {
  readonly #group: Group;
  readonly #base: BaseCall;
  readonly #ascending: boolean;
  readonly #points: RankedPoint[] = [];
  #block: CellBlock | undefined;
  #type: FieldType | null = null;

  constructor(finer: Group, tagCount: number, base: BaseCall, ascending: boolean) {
    this.#group = { name: finer.name, tags: finer.tags.slice(0, tagCount) };
    this.#base = base;
    this.#ascending = ascending;
  }

  covers(finer: Group): boolean {
    return finer.name === this.#group.name && this.#group.tags.every((value, index) => finer.tags[index] === value);
  }

  add(finer: Group, block: CellBlock, index: number): void {
    this.#block = block;
    const { columns, windowCount } = block.levels[0];
    const [column] = columns;
    this.#type ??= column.type;
    for (let window = 0; window < windowCount; window++) {
      const point = pointAt(column, index * windowCount + window);
      if (point === undefined) continue;
      const place = { ...point, seriesId: this.#points.length };
      this.#points.push({ finer, window, point: place, lookUp: block.lookUp, seriesId: point.seriesId });
    }
  }

  *finish(keepTags: boolean): Generator<CellBlock> {
    if (this.#block === undefined) return;
    const { windows, windowCount } = this.#block.levels[0];
    const lists = Array.from({ length: windowCount }, (_, window) => this.#best(window));
    const parts = keepTags ? this.#splitByTags(lists) : [{ group: this.#group, lists }];
    for (const { group, lists: own } of parts) {
      const columns = [listColumn(this.#base.kind, this.#type, own)];
      yield { groups: [group], levels: [{ windows, windowCount, columns }], lookUp: this.#lookUp };
    }
  }

  #best(window: number): SelectedPoint[] {
    const points = this.#points.filter((ranked) => ranked.window === window).map(({ point }) => point);
    return bestPoints(points, this.#base.kind === 'top' ? 1 : -1, this.#base.argument ?? 0, this.#ascending);
  }

  #splitByTags(lists: readonly (readonly SelectedPoint[])[]): { group: Group; lists: SelectedPoint[][] }[] {
    const finerOf = (point: SelectedPoint): Group => this.#points[point.seriesId].finer;
    const finer = new Set(lists.flat().map(finerOf));
    return [...finer].map((group) => ({
      group,
      lists: lists.map((list) => list.filter((point) => finerOf(point) === group)),
    }));
  }

  /** Asks for each point where it came from. */
  #lookUp: PointLookUp = async (timesNs, seriesIds, references) => {
    const found = references.map(() => new FoundValues(timesNs.length));
    const byLookUp = Map.groupBy(seriesIds.keys(), (at) => this.#points[seriesIds[at]].lookUp);
    for (const [lookUp, places] of byLookUp) {
      const times = BigInt64Array.from(places, (at) => timesNs[at]);
      const ids = Int32Array.from(places, (at) => this.#points[seriesIds[at]].seriesId);
      const columns = await lookUp(times, ids, references);
      for (const [index, column] of columns.entries()) {
        for (const [row, at] of places.entries()) found[index].set(at, column, row);
      }
    }
    return found.map((values) => values.finish());
  };
}

function pointAt(column: AggregateColumn, cell: number): SelectedPoint | undefined {
  if (column.valid[cell] === 0 || column.timesNs === null || column.seriesIds === null) return undefined;
  return { timeNs: column.timesNs[cell], seriesId: column.seriesIds[cell], value: column.values[cell] };
}

function listColumn(
  kind: AggregateColumn['kind'],
  type: FieldType | null,
  lists: readonly (readonly SelectedPoint[])[],
): AggregateColumn {
  const count = lists.length;
  return {
    kind,
    type,
    values: new Float64Array(count),
    valid: new Uint8Array(count),
    timesNs: null,
    seriesIds: null,
    lists,
  };
}

/** The N best points by time in reading order. Of equal values the earlier point is better; those of one time by value. */
export function bestPoints(
  points: readonly SelectedPoint[],
  best: 1 | -1,
  count: number,
  ascending: boolean,
): SelectedPoint[] {
  const byValue = (a: SelectedPoint, b: SelectedPoint): number =>
    a.value > b.value ? -best : a.value < b.value ? best : 0;
  const byTime = (a: SelectedPoint, b: SelectedPoint): number =>
    a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : 0;
  const chosen = points.toSorted((a, b) => byValue(a, b) || byTime(a, b)).slice(0, count);
  return chosen.sort((a, b) => (ascending ? byTime(a, b) : byTime(b, a)));
}
