// The gap rule for groups of several series: each series is known or unknown in a window by itself, and what the group shows
// there comes of those that are known. Which are is found by counting first, series by series.
import { type AggregateRequest, type SkippedWindows, newSkipped, skip, skippedBytes } from '../../exec/index.ts';
import type { QueryEnv } from './query-env.ts';
import { type StoredInput } from './stored-input.ts';
import { type WindowList, windowCount } from './windows.ts';

/** Cells that one count computes. */
const MAX_CELLS = 1 << 21;

/** Whether the rule has to look at single series: of groups of one it can look at the group. */
export function hasSharedGroups(starts: Int32Array, first: number, behind: number): boolean {
  return starts[behind] - starts[first] > behind - first;
}

/**
 * The windows of series that have points of the field, but fewer than the window needs; undefined = none. `needed`: one
 * number a window.
 */
export async function unknownWindows(
  input: StoredInput,
  field: string,
  request: Pick<AggregateRequest, 'tables' | 'range' | 'seriesIds'> & { readonly windows: WindowList },
  needed: Float64Array,
  env: QueryEnv,
): Promise<SkippedWindows | undefined> {
  const { seriesIds, windows } = request;
  const perSeries = windowCount(windows);
  env.checkMemory(skippedBytes(seriesIds.length, perSeries));
  const skipped = newSkipped(seriesIds.length, perSeries);
  const states = input.snapshot.states?.(input.name, field);
  const step = Math.max(1, Math.floor(MAX_CELLS / perSeries));
  let any = false;
  for (let first = 0; first < seriesIds.length; first += step) {
    const ids = seriesIds.subarray(first, first + step);
    const counted: AggregateRequest = {
      ...request,
      seriesIds: ids,
      groups: ids.map((_id, index) => index),
      groupCount: ids.length,
      fields: [states?.['count'] ?? field],
      calls: [{ kind: 'count', field: 0, states: states && { count: 0 } }],
      filter: null,
      descending: false,
    };
    const { columns } = await env.executor.aggregate(counted, env.execContext());
    const [{ valid, values }] = columns;
    for (let cell = 0; cell < valid.length; cell++) {
      if (valid[cell] === 0 || Number(values[cell]) >= needed[cell % perSeries]) continue;
      skip(skipped, first * perSeries + cell);
      any = true;
    }
  }
  return any ? skipped : undefined;
}
