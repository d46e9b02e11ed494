// Debian's rrdtool as an oracle: every archive of it is computed from the samples, none from another archive.
//
// rrdtool's windows are (T-step, T], named by their end, so a sample of second i is given at START+1+i, and a row of label T is
// our window T-step.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { END, SECONDS, START, type Sample } from './samples.ts';

export type Consolidation = 'AVERAGE' | 'MIN' | 'MAX' | 'LAST';

/** undefined when it is not installed. */
export function rrdtoolVersion(): string | undefined {
  const { stdout, error } = spawnSync('rrdtool', ['--version'], { encoding: 'utf8' });
  return error === undefined ? /RRDtool (\S+)/.exec(stdout)?.[1] : undefined;
}

export interface RrdFile {
  readonly path: string;
  /** Known rows by our window's start. */
  fetch(consolidation: Consolidation, step: number): ReadonlyMap<number, number>;
}

/** `xff`: the largest share of a window that may be unknown, as text. */
export function makeRrd(
  dir: string,
  name: string,
  steps: readonly number[],
  xff: string,
  samples: readonly Sample[],
): RrdFile {
  const path = join(dir, name);
  const archives = steps.flatMap((step) =>
    (['AVERAGE', 'MIN', 'MAX', 'LAST'] as const).map((each) => `RRA:${each}:${xff}:${step}:${SECONDS / step + 2}`),
  );
  run(['create', path, '--start', `${START}`, '--step', '1', 'DS:v:GAUGE:1:U:U', ...archives]);
  const byTime = new Map(samples.map(({ time, value }) => [time, value]));
  const updates = Array.from({ length: SECONDS }, (_, second) => {
    const value = byTime.get(START + second);
    return `${START + second + 1}:${value === undefined ? 'U' : value}`;
  });
  for (let from = 0; from < updates.length; from += 2000) run(['update', path, ...updates.slice(from, from + 2000)]);
  return { path, fetch: (consolidation, step) => fetchRows(path, consolidation, step) };
}

function fetchRows(path: string, consolidation: Consolidation, step: number): ReadonlyMap<number, number> {
  const text = run(['fetch', path, consolidation, '-r', `${step}`, '-s', `${START}`, '-e', `${END}`]);
  const rows = new Map<number, number>();
  const labels: number[] = [];
  for (const [, label, value] of text.matchAll(/^(\d+): (\S+)$/gm)) {
    labels.push(Number(label));
    // The row after the end is of a window that has not begun.
    if (Number(label) <= END && !/nan/i.test(value)) rows.set(Number(label) - step, Number(value));
  }
  if (labels.length < 2 || labels[1] - labels[0] !== step) throw new Error(`rrdtool gave no rows of ${step} s`);
  return rows;
}

export function run(args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync('rrdtool', args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (error !== undefined || status !== 0) throw new Error(`rrdtool ${args[0]}: ${error?.message ?? stderr}`);
  return stdout;
}
