// The ladders of a database on a server, as far as an export needs to know them.
import { isWeirError } from '../../base/index.ts';
import { parseTimeText } from '../../influxql/index.ts';
import { parseDuration } from '../../model/index.ts';
import type { AnswerSeries } from '../influx/answer.ts';
import { type QuerySource, ask, columnTexts, quoteName } from '../influx/ask.ts';

export interface LadderFacts {
  readonly name: string;
  /** The policy of its points. */
  readonly base: string;
  /** CREATE LADDER, as it would make it again. */
  readonly statement: string;
  /** Those that are fed, finest first. */
  readonly tiers: readonly TierFacts[];
}

export interface TierFacts {
  readonly policy: string;
  readonly stepNs: bigint;
  /** Windows that end by then are in it, but for those that wait. */
  readonly doneThroughNs: bigint;
  /** How many windows wait to be computed anew. */
  readonly waiting: number;
}

export interface DatabaseLadders {
  readonly ladders: readonly LadderFacts[];
  /** Policies with windows that no ladder feeds any more. */
  readonly kept: readonly string[];
}

/** None on an InfluxDB, which does not know the word. */
export async function readLadders(source: QuerySource, database: string): Promise<DatabaseLadders> {
  let declared: readonly AnswerSeries[];
  try {
    declared = await ask(source, `SHOW LADDERS ON ${quoteName(database)}`, database);
  } catch (error) {
    if (isWeirError(error, 'invalid') && error.message.includes('error parsing query'))
      return { ladders: [], kept: [] };
    throw error;
  }
  const ladders: LadderFacts[] = [];
  const kept = new Set<string>();
  for (const series of declared) {
    const [bases, fed, statements] = ['base', 'fed', 'definition'].map((name) => columnTexts(series, name));
    for (const [row, name] of columnTexts(series, 'name').entries()) {
      const status = await ask(source, `SHOW LADDER STATUS ${quoteName(name)} ON ${quoteName(database)}`, database);
      const { tiers, unfed } = readStatus(status);
      for (const policy of unfed) kept.add(policy);
      if (fed[row] === 'true') ladders.push({ name, base: bases[row], statement: statements[row], tiers });
    }
  }
  return { ladders, kept: [...kept] };
}

/** Rules that share a tier have a row of it each. */
function readStatus(status: readonly AnswerSeries[]): { readonly tiers: TierFacts[]; readonly unfed: string[] } {
  const tiers = new Map<string, TierFacts>();
  const unfed: string[] = [];
  for (const series of status) {
    const cells = (name: string): readonly string[] => columnTexts(series, name);
    const [steps, watermarks, waiting, problems] = ['step', 'watermark', 'dirty', 'problem'].map(cells);
    for (const [row, policy] of cells('tier').entries()) {
      const timeNs = parseTimeText(watermarks[row], 'UTC');
      if (timeNs === undefined) {
        if (problems[row] !== '') unfed.push(policy);
        continue;
      }
      const before = tiers.get(policy);
      tiers.set(policy, {
        policy,
        stepNs: parseDuration(steps[row].split(' ')[0]),
        doneThroughNs: least(timeNs, before?.doneThroughNs ?? timeNs),
        waiting: Number(waiting[row]) + (before?.waiting ?? 0),
      });
    }
  }
  return { tiers: [...tiers.values()].toSorted((a, b) => (a.stepNs < b.stepNs ? -1 : 1)), unfed };
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
