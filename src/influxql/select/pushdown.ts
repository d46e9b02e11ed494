// Base calls computed by the executor: all calls of a level in one request for many groups and windows at once.
//
//     groups ▲ ┌────────┬────────┐
//            │ │ block 0│        │     many groups: blocks of groups over all windows
//            │ ├────────┤        │
//            │ │ block 1│        │     very many windows, or few rows wanted of one group:
//              └────────┴────────┘     blocks of windows of one group, in reading order
//                       windows ►
import type { AggregateCall, AggregateColumn, AggregateRequest, SkippedWindows } from '../../exec/index.ts';
import { type TimeRange, intersectRange } from '../../model/index.ts';
import type { StateColumns } from '../../view/index.ts';
import type { CellBlock, CellRequest, Level, LevelCells } from './cells.ts';
import { refuseType } from './functions.ts';
import { neededCounts, withoutGaps } from './gap-rule.ts';
import { refuseUnkept } from './kept-states.ts';
import { storedLookUp } from './point-lookup.ts';
import type { QueryEnv } from './query-env.ts';
import { hasSharedGroups, unknownWindows } from './series-gaps.ts';
import { type StoredInput, columnSource } from './stored-input.ts';
import { type WindowList, sliceWindows, startOf, windowCount } from './windows.ts';

/** Cells that one request computes. */
const MAX_CELLS = 1 << 21;
/** Windows of one block. */
export const MAX_WINDOWS = 1 << 16;

/** Whether the executor alone can answer: one class of series, no condition that it does not know, no cast. */
export function canPushDown(input: StoredInput, requests: readonly CellRequest[]): boolean {
  if (input.classes.length !== 1 || input.classes[0].residual !== null) return false;
  return requests.every(({ reference }) => {
    // A condition looks at points, of which states know nothing.
    if (input.classes[0].filter !== null && input.snapshot.states?.(input.name, reference.name) !== undefined)
      return false;
    const source = columnSource(reference, input.schema);
    return (
      source.kind === 'nothing' || (source.kind === 'field' && source.type === input.schema.fields.get(source.name))
    );
  });
}

/** Blocks of groups over all windows of each level, groups in reading order. */
export async function* pushedBlocks(
  input: StoredInput,
  levels: readonly Level[],
  ascending: boolean,
  env: QueryEnv,
): AsyncGenerator<CellBlock> {
  const { groups } = input.groups;
  const lookUp = storedLookUp(input, env);
  const cellsPerGroup = levels.reduce((sum, level) => sum + countWindows(level.windows) * level.requests.length, 0);
  const step = Math.max(1, Math.floor(MAX_CELLS / Math.max(1, cellsPerGroup)));
  for (let first = 0; first < groups.length; first += step) {
    const behind = Math.min(groups.length, first + step);
    const cells: LevelCells[] = [];
    for (const level of levels) cells.push(await computeLevel(input, level, first, behind, ascending, env));
    yield { groups: groups.slice(first, behind), levels: cells, lookUp };
  }
}

/** Windows [from, to) of one level for one group. */
export async function pushedWindows(
  input: StoredInput,
  level: Level,
  group: number,
  from: number,
  to: number,
  ascending: boolean,
  env: QueryEnv,
): Promise<CellBlock> {
  const windows = level.windows === null ? null : sliceWindows(level.windows, from, to);
  const cells = await computeLevel(input, { ...level, windows }, group, group + 1, ascending, env);
  return { groups: [input.groups.groups[group]], levels: [cells], lookUp: storedLookUp(input, env) };
}

function countWindows(windows: WindowList | null): number {
  return windows === null ? 1 : windowCount(windows);
}

async function computeLevel(
  input: StoredInput,
  level: Level,
  first: number,
  behind: number,
  ascending: boolean,
  env: QueryEnv,
): Promise<LevelCells> {
  const windowCount = countWindows(level.windows);
  const { windows, requests } = level;
  const range = coveredRange(level);
  const tables = range === undefined ? [] : input.snapshot.tables(input.name, range);
  if (range === undefined || tables.length === 0) {
    const columns = requests.map(({ base }) => emptyColumn(base.kind, (behind - first) * windowCount));
    return { windows, windowCount, columns };
  }
  const columns = await aggregate(input, level, { tables, range }, first, behind, ascending, env);
  return { windows, windowCount, columns };
}

/** All calls in one request; with a gap rule over groups of several series, those with the same unknown windows in one. */
async function aggregate(
  input: StoredInput,
  level: Level,
  covered: Covered,
  first: number,
  behind: number,
  ascending: boolean,
  env: QueryEnv,
): Promise<AggregateColumn[]> {
  const { gapRule, windows, requests } = level;
  const { starts, seriesIds } = input.groups;
  if (gapRule === undefined || windows === null || !hasSharedGroups(starts, first, behind)) {
    return aggregateAlike(input, level, covered, first, behind, ascending, env);
  }
  const needed = neededCounts(gapRule, windows, level.range);
  const read = { ...covered, seriesIds: seriesIds.subarray(starts[first], starts[behind]), windows };
  const columns = requests.map(({ base }) => emptyColumn(base.kind, (behind - first) * windowCount(windows)));
  const unknown = new Map<string | null, SkippedWindows | undefined>();
  for (const request of requests) {
    const field = ruledField(input, request);
    if (field !== null && !unknown.has(field)) {
      unknown.set(field, await unknownWindows(input, field, read, needed, env));
    }
  }
  const alike = Map.groupBy(requests.keys(), (index) => unknown.get(ruledField(input, requests[index])));
  for (const [skipped, indexes] of alike) {
    const part = { ...level, gapRule: undefined, requests: indexes.map((index) => requests[index]) };
    const own = await aggregateAlike(input, part, { ...covered, skipped }, first, behind, ascending, env);
    for (const [at, index] of indexes.entries()) columns[index] = own[at];
  }
  return columns;
}

/** The field whose points decide whether a window is known; null for calls that the rule is not for. */
function ruledField(input: StoredInput, { base, reference }: CellRequest): string | null {
  return base.kind === 'count' || columnSource(reference, input.schema).kind !== 'field' ? null : reference.name;
}

type Covered = Pick<AggregateRequest, 'tables' | 'range' | 'skipped'>;

async function aggregateAlike(
  input: StoredInput,
  level: Level,
  covered: Covered,
  first: number,
  behind: number,
  ascending: boolean,
  env: QueryEnv,
): Promise<AggregateColumn[]> {
  const fields: string[] = [];
  const calls: AggregateCall[] = [];
  const places = level.requests.map(({ base, reference }) => {
    if (columnSource(reference, input.schema).kind !== 'field') return undefined;
    refuseType(base.kind, input.schema.fields.get(reference.name) ?? null);
    const place = (name: string): number => (fields.includes(name) ? fields.indexOf(name) : fields.push(name) - 1);
    const columns = input.snapshot.states?.(input.name, reference.name);
    if (columns !== undefined) refuseUnkept(base.kind, reference.name, columns);
    const states = columns && placesOf(columns, place);
    const field = states === undefined ? place(reference.name) : -1;
    return calls.push({ kind: base.kind, field, argument: base.argument, states }) - 1;
  });
  const counts = level.gapRule === undefined ? null : addCounts(level, calls, places);
  const cells = (behind - first) * countWindows(level.windows);
  if (calls.length === 0) return level.requests.map(({ base }) => emptyColumn(base.kind, cells));
  const { starts } = input.groups;
  const seriesIds = input.groups.seriesIds.subarray(starts[first], starts[behind]);
  const groups = new Int32Array(seriesIds.length);
  for (let group = first; group < behind; group++) {
    groups.fill(group - first, starts[group] - starts[first], starts[group + 1] - starts[first]);
  }
  const request: AggregateRequest = {
    ...covered,
    seriesIds,
    groups,
    groupCount: behind - first,
    fields,
    calls,
    filter: input.classes[0].filter,
    descending: !ascending,
    windows: level.windows ?? { kind: 'all' },
  };
  const result = await env.executor.aggregate(request, env.execContext());
  env.countPoints(result.pointsScanned);
  const needed =
    level.gapRule === undefined || level.windows === null
      ? null
      : neededCounts(level.gapRule, level.windows, level.range);
  return places.map((place, index) => {
    if (place === undefined) return emptyColumn(level.requests[index].base.kind, cells);
    const count = counts?.[index];
    const column = result.columns[place];
    return needed === null || count === undefined ? column : withoutGaps(column, result.columns[count], needed);
  });
}

/** A count of the points beside each call that the gap rule is for; its place. */
function addCounts(
  { requests }: Level,
  calls: AggregateCall[],
  places: readonly (number | undefined)[],
): readonly (number | undefined)[] {
  const known = new Map<string, number>();
  return requests.map(({ base, reference }, index) => {
    const place = places[index];
    if (place === undefined || base.kind === 'count') return undefined;
    let count = known.get(reference.name);
    if (count === undefined) {
      const { field, states } = calls[place];
      count = calls.push({ kind: 'count', field, states }) - 1;
      known.set(reference.name, count);
    }
    return count;
  });
}

/** The places of the fields that hold a field's states. */
function placesOf(columns: StateColumns, place: (name: string) => number): NonNullable<AggregateCall['states']> {
  return Object.fromEntries(Object.entries(columns).map(([state, name]) => [state, place(name ?? '')]));
}

/** What of the level's range its windows cover. */
function coveredRange(level: Level): TimeRange | undefined {
  if (level.windows === null) return level.range;
  const count = windowCount(level.windows);
  return intersectRange(level.range, { startNs: startOf(level.windows, 0), endNs: startOf(level.windows, count) });
}

/** The result of a call on what the measurement does not have. */
export function emptyColumn(kind: AggregateColumn['kind'], cells: number): AggregateColumn {
  const many = kind === 'distinct' || kind === 'top' || kind === 'bottom' || kind === 'sample';
  return {
    kind,
    type: null,
    values: new Float64Array(cells),
    valid: new Uint8Array(cells),
    timesNs: null,
    seriesIds: null,
    lists: many ? Array.from({ length: cells }, () => []) : null,
  };
}
