// GROUP BY of tags over series: which series agree in them.
import { WeirError, compareStrings, compileRegex } from '../../base/index.ts';
import type { Snapshot } from '../../view/index.ts';
import type { Expr } from '../language/ast.ts';
import { printExpr } from '../language/print-expression.ts';

/** Series that agree in the tags of GROUP BY. */
export interface TagGroup {
  /** Ascending by key; "" where the series lack the tag. */
  readonly tags: readonly (readonly [key: string, value: string])[];
  readonly seriesIds: Int32Array;
}

/** The keys that dimensions name, ascending; `*` and regular expressions choose among `tagKeys`. */
export function groupingKeys(dimensions: readonly Expr[], tagKeys: Iterable<string>): readonly string[] {
  const keys = new Set<string>();
  for (const dimension of dimensions) {
    if (dimension.kind === 'reference') keys.add(dimension.name);
    else if (dimension.kind === 'wildcard') for (const key of tagKeys) keys.add(key);
    else if (dimension.kind === 'regex') {
      const regex = compileRegex(dimension.source);
      for (const key of tagKeys) if (regex.test(key)) keys.add(key);
    } else throw new WeirError('invalid', `GROUP BY takes tags here, not ${printExpr(dimension)}`);
  }
  return [...keys].sort(compareStrings);
}

/** In order of the tags' values. Without keys all series are one group; without series there is none. */
export function groupByTags(snapshot: Snapshot, seriesIds: Int32Array, keys: readonly string[]): readonly TagGroup[] {
  if (seriesIds.length === 0) return [];
  if (keys.length === 0) return [{ tags: [], seriesIds }];
  const columns = keys.map((key) => snapshot.tagValues(seriesIds, key));
  const groups = new Map<string, { readonly values: readonly string[]; readonly ids: number[] }>();
  for (let at = 0; at < seriesIds.length; at++) {
    const values = columns.map((column) => column[at]);
    const name = JSON.stringify(values);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, { values, ids: [seriesIds[at]] });
    else group.ids.push(seriesIds[at]);
  }
  return Array.from(groups.values(), ({ values, ids }) => ({
    tags: keys.map((key, index) => [key, values[index]] as const),
    seriesIds: Int32Array.from(ids),
  })).sort(byValues);
}

export function byValues(a: Pick<TagGroup, 'tags'>, b: Pick<TagGroup, 'tags'>): number {
  for (let index = 0; index < a.tags.length; index++) {
    const order = compareStrings(a.tags[index][1], b.tags[index][1]);
    if (order !== 0) return order;
  }
  return 0;
}
