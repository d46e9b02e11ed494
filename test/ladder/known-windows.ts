// Which windows Weir shows under a gap rule: asked as users ask, of a ladder that was declared as users declare it.
import { executeQuery, parseQuery } from '../../src/influxql/index.ts';
import { openTestNode } from '../../src/influxql/test-support/node.ts';
import { printResults } from '../../src/influxql/test-support/print-result.ts';
import { SECOND } from '../../src/model/index.ts';
import { END, START, type Sample } from './samples.ts';
import { STEPS } from './weir.ts';

/** By share and step: mean by the window's start. No policy is named; the tier of the step answers. */
export async function queryKnownWindows(
  samples: readonly Sample[],
  shares: readonly number[],
): Promise<(share: number, step: number) => ReadonlyMap<number, number>> {
  const node = await openTestNode({ nowNs: BigInt(END) * SECOND });
  const found = new Map<string, ReadonlyMap<number, number>>();
  const ask = (text: string): Promise<string> =>
    printResults(executeQuery(parseQuery(text), node.context({ database: 'db' })));
  try {
    const steps = ['1s:inf', ...STEPS.map((step) => `${step}s:inf`)].join(',');
    const made = await ask(`CREATE DATABASE db; CREATE LADDER rungs ON db '${steps}'`);
    if (made.includes('error')) throw new Error(made);
    await node.load('db', undefined, samples.map(({ time, value }) => `m v=${value} ${time}000000000`).join('\n'));
    await node.ladders.settle();
    for (const share of shares) {
      for (const step of STEPS) {
        const range = `time >= ${START}s AND time < ${END}s`;
        const answer = await ask(`SELECT mean(v) FROM m WHERE ${range} GROUP BY time(${step}s) fill(none, ${share})`);
        if (answer.includes('error')) throw new Error(answer);
        const rows = [...answer.matchAll(/^(\d+)000000000 (\S+)$/gm)];
        found.set(`${share} ${step}`, new Map(rows.map(([, time, mean]) => [Number(time), Number(mean)])));
      }
    }
  } finally {
    await node.close();
  }
  return (share, step) => found.get(`${share} ${step}`) ?? new Map<number, number>();
}
