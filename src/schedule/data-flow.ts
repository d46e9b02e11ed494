// Which query reads what another writes, and the order in which queries that are due at one moment run: a query after those
// that it reads from. Between queries that do not touch each other the shorter interval comes first, then the older query.
//
//     cq_1h    1h   reads 15m  writes 1h                       cq_10s  10s  first
//     cq_10s  10s   reads raw  writes 10s       ── order ──►   cq_15m  15m  after cq_10s
//     cq_15m  15m   reads 10s  writes 15m                      cq_1h   1h   after cq_15m
//
// Where queries feed each other in a circle there is no such order: the shortest interval of the circle begins.
import { formatDuration } from '../model/index.ts';
import { type NamePattern, type Place, type ScheduledQuery, matchesName } from './scheduled-query.ts';

export interface FlowPlan {
  /** Indexes into the queries that were handed in. */
  readonly steps: readonly FlowStep[];
}

export interface FlowStep {
  readonly query: number;
  /** Positions of earlier steps whose query this one reads from. */
  readonly after: readonly number[];
}

export type FlowQuery = Pick<ScheduledQuery, 'database' | 'name' | 'intervalNs' | 'reads' | 'writes'>;

export function planFlow(queries: readonly FlowQuery[]): FlowPlan {
  const feeders = queries.map((query) =>
    queries.flatMap((other, index) => (other !== query && feeds(other, query) ? [index] : [])),
  );
  const position = new Map<number, number>();
  const steps: FlowStep[] = [];
  while (steps.length < queries.length) {
    const waiting = [...queries.keys()].filter((index) => !position.has(index));
    const open = feeders.map((own) => own.filter((feeder) => !position.has(feeder)));
    const free = waiting.filter((index) => open[index].length === 0);
    const next = (free.length > 0 ? free : firstCircle(waiting, open)).reduce((best, index) =>
      queries[index].intervalNs < queries[best].intervalNs ? index : best,
    );
    const after = feeders[next].flatMap((feeder) => position.get(feeder) ?? []).sort((a, b) => a - b);
    position.set(next, steps.length);
    steps.push({ query: next, after });
  }
  return { steps };
}

/** One line a step: `cq_15m on m (15m) after cq_10s`. */
export function printFlow({ steps }: FlowPlan, queries: readonly FlowQuery[]): string {
  return steps
    .map(({ query, after }) => {
      const { name, database, intervalNs } = queries[query];
      const names = after.map((position) => queries[steps[position].query].name);
      return `${name} on ${database} (${formatDuration(intervalNs)})${names.length > 0 ? ` after ${names.join(', ')}` : ''}`;
    })
    .join('\n');
}

/** The queries of circles that nothing but themselves stands before. */
function firstCircle(waiting: readonly number[], feeders: readonly (readonly number[])[]): number[] {
  const before = new Map(waiting.map((index) => [index, allBefore(index, feeders)]));
  return waiting.filter((index) => [...(before.get(index) ?? [])].every((other) => before.get(other)?.has(index)));
}

/** Those that a query reads from, directly or through others. */
function allBefore(index: number, feeders: readonly (readonly number[])[]): Set<number> {
  const seen = new Set<number>();
  const open = [index];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const feeder of feeders[at]) {
      if (seen.has(feeder)) continue;
      seen.add(feeder);
      open.push(feeder);
    }
  }
  return seen;
}

function feeds(writer: FlowQuery, reader: FlowQuery): boolean {
  return writer.writes.some((write) => reader.reads.some((read) => meet(write, read)));
}

/** Two regular expressions may always have a name in common. */
function meet(a: Place, b: Place): boolean {
  if (a.bucket.id !== b.bucket.id) return false;
  const [left, right]: NamePattern[] = [a.measurements, b.measurements];
  if ('name' in left) return matchesName(right, left.name);
  return 'regex' in right || matchesName(left, right.name);
}
