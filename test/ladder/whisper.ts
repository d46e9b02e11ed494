// Debian's Whisper as an oracle. Each of its archives is computed from the finer one before it, so only sums, minima, maxima and
// last values are right on all levels; a mean is the sum by the count, which is the sum of ones.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { END, SECONDS, START, type Sample } from './samples.ts';

/** Debian's own: another python may come first on the path and have no Whisper. */
const PYTHON = '/usr/bin/python3';
const SCRIPT = fileURLToPath(new URL('./real-whisper.py', import.meta.url));

export type Method = 'average' | 'sum' | 'last' | 'max' | 'min';

export interface WhisperJob {
  readonly path: string;
  /** Absent: the file is there, and is only read. */
  readonly made?: {
    readonly archives: readonly (readonly [step: number, points: number])[];
    /** The smallest share of a window that must be known. */
    readonly xff: number;
    readonly method: Method;
    readonly points: readonly (readonly [time: number, value: number])[];
  };
}

/** Known rows by step and by the window's start. */
export type WhisperRows = ReadonlyMap<number, ReadonlyMap<number, number>>;

export function hasWhisper(): boolean {
  return spawnSync(PYTHON, ['-c', 'import whisper']).status === 0;
}

/** Long enough for all samples at every step, and longer with each. */
export function archivesOf(steps: readonly number[]): (readonly [step: number, points: number])[] {
  return steps.map((step, at) => [step, (SECONDS + 3600 * (at + 1)) / step] as const);
}

export function pointsOf(samples: readonly Sample[]): (readonly [time: number, value: number])[] {
  return samples.map(({ time, value }) => [time, value] as const);
}

/** By path. */
export function runWhisper(
  jobs: readonly WhisperJob[],
  range = { from: START, until: END },
): ReadonlyMap<string, WhisperRows> {
  const files = jobs.map(({ path, made }) => ({ path, ...made }));
  // `from` is exclusive, `until` inclusive.
  const input = JSON.stringify({ now: range.until, from: range.from - 1, until: range.until - 1, files });
  const { status, stdout, stderr, error } = spawnSync(PYTHON, [SCRIPT], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (error !== undefined || status !== 0) throw new Error(`whisper: ${error?.message ?? stderr}`);
  const answer = JSON.parse(stdout) as Record<string, Record<string, [number, number][]>>;
  return new Map(
    Object.entries(answer).map(([path, rows]) => [
      path,
      new Map(Object.entries(rows).map(([step, values]) => [Number(step), new Map(values)])),
    ]),
  );
}
