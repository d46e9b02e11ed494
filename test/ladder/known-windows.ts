// Which windows Weir shows under a gap rule: asked as users ask, of a ladder that was declared as users declare it.
import { executeQuery, parseQuery } from '../../src/influxql/index.ts';
import { openTestNode } from '../../src/influxql/test-support/node.ts';
import { printResults } from '../../src/influxql/test-support/print-result.ts';
import { SECOND } from '../../src/model/index.ts';
import { END, START, type Sample } from './samples.ts';
import { STEPS } from './weir.ts';

/** By share and step: a value by the window's start. */
export type KnownWindows = (share: number, step: number) => ReadonlyMap<number, number>;

export interface KnownAnswers {
  /** The mean of the first series. No policy is named; the tier of the step answers. */
  readonly means: KnownWindows;
  /** The rows of the tier that is named. */
  readonly rows: KnownWindows;
  /** The sum over all series. */
  readonly sums: KnownWindows;
}

/** Each list of samples is a series. */
export async function queryKnownWindows(
  series: readonly (readonly Sample[])[],
  shares: readonly number[],
): Promise<KnownAnswers> {
  // Late enough for every window to be in its tier.
  const node = await openTestNode({ nowNs: BigInt(END + 7200) * SECOND });
  const found = new Map<string, ReadonlyMap<number, number>>();
  const of =
    (kind: string): KnownWindows =>
    (share, step) =>
      found.get(`${kind} ${share} ${step}`) ?? new Map();
  const ask = (text: string): Promise<string> =>
    printResults(executeQuery(parseQuery(text), node.context({ database: 'db' })));
  try {
    const steps = ['1s:inf', ...STEPS.map((step) => `${step}s:inf`)].join(',');
    const made = await ask(`CREATE DATABASE db; CREATE LADDER rungs ON db '${steps}'`);
    if (made.includes('error')) throw new Error(made);
    for (const [index, samples] of series.entries()) {
      const lines = samples.map(({ time, value }) => `m,s=${index} v=${value} ${time}000000000`);
      await node.load('db', undefined, lines.join('\n'));
    }
    await node.ladders.settle();
    for (const share of shares) {
      for (const step of STEPS) {
        const range = `time >= ${START}s AND time < ${END}s`;
        const windows = `GROUP BY time(${step}s) fill(none, ${share})`;
        for (const [kind, query] of [
          ['means', `SELECT mean(v) FROM m WHERE s = '0' AND ${range} ${windows}`],
          ['rows', `SELECT v FROM "${step}s_for_inf".m WHERE s = '0' AND ${range} fill(null, ${share})`],
          ['sums', `SELECT sum(v) FROM m WHERE ${range} ${windows}`],
        ] as const) {
          const answer = await ask(query);
          if (answer.includes('error')) throw new Error(answer);
          const rows = [...answer.matchAll(/^(\d+)000000000 (\S+)$/gm)];
          found.set(`${kind} ${share} ${step}`, new Map(rows.map(([, time, value]) => [Number(time), Number(value)])));
        }
      }
    }
  } finally {
    await node.close();
  }
  return { means: of('means'), rows: of('rows'), sums: of('sums') };
}
