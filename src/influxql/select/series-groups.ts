// The series of one measurement that a query reads, arranged in the groups of its answer.
//
//     GROUP BY region           group {region=eu}      group {region=us}
//     seriesIds                 4   9   12              1   7              group after group, as they are read
//     starts                    0                       3           5
import { compareStrings } from '../../base/index.ts';
import type { Snapshot } from '../../view/index.ts';
import type { Group } from './rows.ts';

export interface SeriesGroups {
  readonly groups: readonly Group[];
  readonly seriesIds: Int32Array;
  /** Series of group g stand at [starts[g], starts[g + 1]). */
  readonly starts: Int32Array;
}

export interface GroupOptions {
  /** Group by these tags and order by their values, the first one first. */
  readonly dimensions: readonly string[];
  readonly ascending: boolean;
  /** Whether series of a group must come in the order of their keys. */
  readonly ordered: boolean;
  /** So many of the dimensions, from the first one on, make the groups that SLIMIT and SOFFSET count. */
  readonly countedDimensions: number;
  /** 0 = no limit. */
  readonly slimit: number;
  readonly soffset: number;
}

/** Groups series by the values of tags; a series that lacks a tag has the value "". */
export function groupSeries(name: string, ids: Int32Array, snapshot: Snapshot, options: GroupOptions): SeriesGroups {
  const values = options.dimensions.map((tag) => snapshot.tagValues(ids, tag));
  const tagsOf: string[][] = [];
  const groupOf = assignGroups(values, ids.length, tagsOf);
  const order = orderOf(tagsOf, options);
  const rank = new Int32Array(tagsOf.length).fill(-1);
  for (let place = 0; place < order.length; place++) rank[order[place]] = place;
  const groups = order.map((index): Group => ({ name, tags: tagsOf[index] }));
  const arranged = arrange(ids, groupOf, rank, groups.length);
  if (options.ordered) orderSeries(arranged, snapshot, options.ascending);
  return { groups, ...arranged };
}

/** The group of each series, numbered in order of first sight; fills `tagsOf` with their tags. */
function assignGroups(values: readonly (readonly string[])[], count: number, tagsOf: string[][]): Int32Array {
  const groupOf = new Int32Array(count);
  if (values.length === 0) {
    if (count > 0) tagsOf.push([]);
    return groupOf;
  }
  const known = new Map<string, number>();
  for (let at = 0; at < count; at++) {
    let key = values[0][at];
    for (let dimension = 1; dimension < values.length; dimension++) key += `\u0000${values[dimension][at]}`;
    let group = known.get(key);
    if (group === undefined) {
      group = tagsOf.push(values.map((column) => column[at])) - 1;
      known.set(key, group);
    }
    groupOf[at] = group;
  }
  return groupOf;
}

/** Groups in reading order, after SLIMIT and SOFFSET. */
function orderOf(tagsOf: readonly (readonly string[])[], options: GroupOptions): number[] {
  const { slimit, soffset, ascending } = options;
  let order = tagsOf.map((_tags, index) => index);
  if (slimit > 0 || soffset > 0) order = limitedOrder(order, tagsOf, options);
  order.sort((a, b) => compareTags(tagsOf[a], tagsOf[b]));
  return ascending ? order : order.reverse();
}

/** The places of the groups that SLIMIT and SOFFSET leave. */
function limitedOrder(
  order: readonly number[],
  tagsOf: readonly (readonly string[])[],
  { dimensions, countedDimensions, slimit, soffset }: GroupOptions,
): number[] {
  const counted = (index: number): string[] => tagsOf[index].slice(0, countedDimensions);
  const names = dimensions.slice(0, countedDimensions);
  const places = Map.groupBy(order, (index) => counted(index).join('\u0000'));
  const groups = [...places.values()].sort(([a], [b]) => compareTagSets(names, counted(a), counted(b)));
  return groups.slice(soffset, slimit > 0 ? soffset + slimit : undefined).flat();
}

/** The order of an answer's series: by the values of their tags. */
export function compareTags(a: readonly string[], b: readonly string[]): number {
  for (let index = 0; index < a.length; index++) {
    const order = compareStrings(a[index], b[index]);
    if (order !== 0) return order;
  }
  return 0;
}

/** The order in which SLIMIT counts: by the keys of the tags that a group has and then their values, as one text. */
function compareTagSets(dimensions: readonly string[], a: readonly string[], b: readonly string[]): number {
  const text = (tags: readonly string[]): string => {
    const held = dimensions.map((key, index) => ({ key, value: tags[index] })).filter(({ value }) => value !== '');
    held.sort((x, y) => compareStrings(x.key, y.key));
    return [...held.map(({ key }) => key), ...held.map(({ value }) => value)].join('|');
  };
  return compareStrings(text(a), text(b));
}

/** Counting sort of the series by the place of their group; those without a place are left out. */
function arrange(
  ids: Int32Array,
  groupOf: Int32Array,
  rank: Int32Array,
  groupCount: number,
): { seriesIds: Int32Array; starts: Int32Array } {
  const starts = new Int32Array(groupCount + 1);
  for (let at = 0; at < ids.length; at++) if (rank[groupOf[at]] >= 0) starts[rank[groupOf[at]] + 1]++;
  for (let group = 0; group < groupCount; group++) starts[group + 1] += starts[group];
  const next = starts.slice();
  const seriesIds = new Int32Array(starts[groupCount]);
  for (let at = 0; at < ids.length; at++) {
    const place = rank[groupOf[at]];
    if (place >= 0) seriesIds[next[place]++] = ids[at];
  }
  return { seriesIds, starts };
}

function orderSeries(
  { seriesIds, starts }: { seriesIds: Int32Array; starts: Int32Array },
  snapshot: Snapshot,
  ascending: boolean,
): void {
  for (let group = 0; group + 1 < starts.length; group++) {
    if (starts[group + 1] - starts[group] < 2) continue;
    const members = Array.from(seriesIds.subarray(starts[group], starts[group + 1]), (id) => ({
      id,
      key: snapshot.seriesKey(id),
    }));
    members.sort((a, b) => (ascending ? compareStrings(a.key, b.key) : compareStrings(b.key, a.key)));
    for (let at = 0; at < members.length; at++) seriesIds[starts[group] + at] = members[at].id;
  }
}
