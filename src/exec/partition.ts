// Which worker gets which series. A series always goes to the same worker, so that each keeps the pages of its own series
// decoded; neighbours in id, which share pages, stay together.
import type { TimeRange } from '../model/index.ts';
import type { AggregateTask } from './aggregate-series.ts';
import type { Rest } from './hand-over.ts';
import type { AggregateRequest } from './plan.ts';
import type { ScanRest, ScanTask } from './scan-series.ts';

const NEIGHBOURS = 8;

export function workerOf(seriesId: number, workers: number): number {
  return Math.floor(seriesId / NEIGHBOURS) % workers;
}

export interface AggregateShare {
  readonly worker: number;
  readonly task: AggregateTask;
  /** The groups of the share are numbered anew: group g of it is `groups[g]` of the request. */
  readonly groups: Int32Array;
}

export interface ScanShare {
  readonly worker: number;
  readonly task: ScanTask;
}

/** The rest of a request as shares, in order of worker; a series that was begun is a share of its own. */
export function shareAggregate(task: AggregateTask, rest: Rest, workers: number): readonly AggregateShare[] {
  const { seriesIds, range } = task.request;
  const shares: AggregateShare[] = [];
  let next = rest.series;
  if (rest.range !== null) {
    const worker = workerOf(seriesIds[next], workers);
    shares.push(shareOf(task, worker, Int32Array.of(next), rest.range));
    next++;
  }
  for (const [worker, indexes] of seriesByWorker(seriesIds, next, workers).entries()) {
    if (indexes.length > 0) shares.push(shareOf(task, worker, indexes, range));
  }
  return shares;
}

function shareOf(task: AggregateTask, worker: number, indexes: Int32Array, range: TimeRange): AggregateShare {
  const { request, plan } = task;
  const { groups, numbers } = renumber(indexes.map((index) => request.groups[index]));
  const own: AggregateRequest = {
    ...request,
    seriesIds: indexes.map((index) => request.seriesIds[index]),
    range,
    groups: numbers,
    groupCount: groups.length,
  };
  const ownPlan = { ...plan, cells: groups.length * plan.windowCount };
  return { worker, task: { request: own, plan: ownPlan, ordinals: indexes }, groups };
}

/** The different groups, and for each series the place of its group among them. */
function renumber(groupOfSeries: Int32Array): { groups: Int32Array; numbers: Int32Array } {
  const places = new Map<number, number>();
  const numbers = groupOfSeries.map((group) => {
    let place = places.get(group);
    if (place === undefined) {
      place = places.size;
      places.set(group, place);
    }
    return place;
  });
  return { groups: Int32Array.from(places.keys()), numbers };
}

/** The rest of a scan as one share a worker at most. The series that was begun is the first of its share. */
export function shareScan(task: ScanTask, rest: ScanRest, workers: number): readonly ScanShare[] {
  const { request, plan } = task;
  const shares: ScanShare[] = [];
  for (const [worker, indexes] of seriesByWorker(request.seriesIds, rest.series, workers).entries()) {
    if (indexes.length === 0) continue;
    const seriesIds = indexes.map((index) => request.seriesIds[index]);
    const begun = rest.range !== null && indexes[0] === rest.series;
    const rowsGiven = begun ? rest.rowsGiven : 0;
    const firstRange = begun ? rest.range : null;
    shares.push({
      worker,
      task: { request: { ...request, seriesIds }, plan, ordinals: indexes, rowsGiven, firstRange },
    });
  }
  return shares;
}

/** Indexes of the series from `from` on, in order, for each worker. */
function seriesByWorker(seriesIds: Int32Array, from: number, workers: number): readonly Int32Array[] {
  const lists = Array.from({ length: workers }, (): number[] => []);
  for (let index = from; index < seriesIds.length; index++) lists[workerOf(seriesIds[index], workers)].push(index);
  return lists.map((list) => Int32Array.from(list));
}
