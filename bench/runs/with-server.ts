// What all runs share: the systems that take part, the data, and a server that is gone at the end.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BatchFile } from '../load/batches.ts';
import type { Cleanup } from '../lib/cleanup.ts';
import type { Server, ServerKind, StartOptions } from '../peers/peer.ts';
import type { Settings } from '../settings.ts';

export interface Bench {
  readonly settings: Settings;
  readonly cleanup: Cleanup;
  /** Those that are installed and asked for. */
  readonly kinds: readonly ServerKind[];
  readonly data: BatchFile;
  /** Says what is going on. */
  readonly tell: (text: string) => void;
  /** Notes what must not be: the bench fails in the end. */
  readonly fault: (text: string) => void;
}

/** One system after the other. One that fails is a fault and has no result. */
export async function eachKind<T>(bench: Bench, what: string, run: (kind: ServerKind) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (const kind of bench.kinds) {
    bench.tell(`${what}: ${kind.name}`);
    try {
      results.push(await run(kind));
    } catch (error) {
      bench.fault(`${what}: ${kind.name} fails: ${(error as Error).message}`);
    }
  }
  return results;
}

/** Where a system's main data set stays from the load to the queries. */
export function mainDir(bench: Bench, kind: ServerKind): string {
  return join(bench.cleanup.dir, kind.name);
}

/** Runs with a server on the data of `dir`, and stops it. */
export async function withServer<T>(
  bench: Bench,
  kind: ServerKind,
  dir: string,
  options: StartOptions,
  use: (server: Server) => Promise<T>,
): Promise<T> {
  // What was written before must not be in the way of this server's fsyncs.
  spawnSync('sync', ['-f', bench.cleanup.dir]);
  const server = await kind.start(dir, bench.cleanup, options);
  try {
    return await use(server);
  } finally {
    await server.close();
  }
}

/** Runs with a new directory, and removes it. */
export async function inNewDir<T>(bench: Bench, kind: ServerKind, use: (dir: string) => Promise<T>): Promise<T> {
  const dir = join(bench.cleanup.dir, `${kind.name}-side`);
  try {
    return await use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Notes a fault unless a server holds as many values as it acknowledged. */
export async function checkCount(
  bench: Bench,
  server: Server,
  series: readonly [measurement: string, field: string],
  expected: number,
): Promise<void> {
  const found = await server.count(...series);
  if (found !== expected) bench.fault(`${server.name} acknowledged ${expected} rows and has ${found}`);
}
