// Real child processes for the tests of races and of kill -9: one speaks to its child in lines.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

export interface Child {
  /** Every whole line that the child has printed. Complete once `ended` has resolved. */
  readonly lines: readonly string[];
  send(line: string): void;
  /** Resolves when the child has printed at least `count` lines; rejects when it ends before. */
  printed(count: number): Promise<void>;
  /** kill -9; resolves when it is gone and its last line has been read. */
  kill(): Promise<void>;
  /** Resolves with its exit code when it ends by itself; null when it was killed. */
  readonly ended: Promise<number | null>;
}

/** Runs a TypeScript file of this folder. */
export function startChild(t: TestContext, file: string, ...args: string[]): Child {
  const process_ = spawn(process.execPath, [new URL(file, import.meta.url).pathname, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => process_.kill('SIGKILL'));
  const lines: string[] = [];
  const reader = createInterface({ input: process_.stdout as NonNullable<ChildProcess['stdout']> });
  reader.on('line', (line) => lines.push(line));
  const ended = Promise.all([once(process_, 'exit'), once(reader, 'close')]).then(([[code]]) => code as number | null);
  return {
    lines,
    ended,
    send: (line) => process_.stdin?.write(`${line}\n`),
    async printed(count) {
      while (lines.length < count) {
        const more = await Promise.race([once(reader, 'line'), ended.then(() => 'ended')]);
        if (more === 'ended' && lines.length < count) throw new Error(`the child ended after ${lines.length} lines`);
      }
    },
    async kill() {
      process_.kill('SIGKILL');
      await ended;
    },
  };
}
