// Makes a disagreement smaller: drops clauses of the query and points of the database as long as the answers still differ.
import { sameAnswer } from './compare.ts';
import { askBoth, load } from './round.ts';
import type { Batch, Database } from './schema.ts';
import { type Query, smallerQueries } from './select.ts';
import type { Servers } from './servers.ts';

export interface Small {
  readonly query: Query;
  readonly batches: readonly Batch[];
}

const MAX_TRIES = 600;

export async function shrink(servers: Servers, database: Database, query: Query): Promise<Small> {
  let tries = 0;
  const differs = async (small: Small): Promise<boolean> => {
    if (++tries > MAX_TRIES) return false;
    await load(servers, { ...database, batches: small.batches });
    const [influxdb, weir] = await askBoth(servers, small.query);
    return !sameAnswer(influxdb, weir);
  };
  let small: Small = { query, batches: database.batches };
  if (!(await differs(small))) return small;
  small = await smallestQuery(small, differs);
  small = await fewestBatches(small, differs);
  small = await fewestLines(small, differs);
  return smallestQuery(small, differs);
}

type Differs = (small: Small) => Promise<boolean>;

async function smallestQuery(start: Small, differs: Differs): Promise<Small> {
  let small = start;
  for (let found = true; found; ) {
    found = false;
    for (const query of smallerQueries(small.query)) {
      if (!(await differs({ ...small, query }))) continue;
      small = { ...small, query };
      found = true;
      break;
    }
  }
  return small;
}

async function fewestBatches(start: Small, differs: Differs): Promise<Small> {
  let small = start;
  for (let at = small.batches.length - 1; at >= 0; at--) {
    const candidate = { ...small, batches: small.batches.toSpliced(at, 1) };
    if (await differs(candidate)) small = candidate;
  }
  return small;
}

/** Takes away halves, then quarters and so on. */
async function fewestLines(start: Small, differs: Differs): Promise<Small> {
  let small = start;
  const lineCount = (): number => small.batches.reduce((sum, { lines }) => sum + lines.length, 0);
  for (let size = Math.ceil(lineCount() / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < lineCount(); ) {
      const candidate = { ...small, batches: withoutLines(small.batches, from, from + size) };
      if (await differs(candidate)) small = candidate;
      else from += size;
    }
  }
  return small;
}

/** Lines are counted over all batches. */
function withoutLines(batches: readonly Batch[], from: number, to: number): Batch[] {
  let first = 0;
  return batches.map(({ policy, lines, statement }) => {
    const start = first;
    first += lines.length;
    return { policy, statement, lines: lines.filter((_line, at) => start + at < from || start + at >= to) };
  });
}
