// For tests of exports: servers, and the commands of `weir` that go between them.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { runCommand } from '../commands.ts';
import type { RunningServer } from '../server.ts';
import { startWeir } from './weir-server.ts';

/** Removed with the test. */
export async function tempDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-export-'));
  t.after(() => rm(dir, { recursive: true }));
  return dir;
}

/** A Weir on a directory of its own, closed with the test at the latest. */
export async function newWeir(
  t: TestContext,
  dir: string,
  flags: Readonly<Record<string, string>> = {},
): Promise<RunningServer & { readonly url: string }> {
  const server = await startWeir(dir, flags);
  t.after(() => server.close());
  return { ...server, url: `http://${server.address}`, close: () => server.close() };
}

/** Runs a command of `weir`. */
export async function weir(
  ...args: readonly string[]
): Promise<{ code: number | undefined; out: string; err: string }> {
  const texts = { out: '', err: '' };
  const code = await runCommand(args, {
    environment: {},
    stdout: { write: (text: string) => (texts.out += text) },
    stderr: { write: (text: string) => (texts.err += text) },
    exit: () => {},
    onSignal: () => {},
  });
  return { code, ...texts };
}

/** What `weir export` writes into a file. */
export async function exported(url: string, dir: string, ...flags: readonly string[]): Promise<string> {
  const file = join(dir, 'export.txt');
  const { code, err } = await weir('export', '--host', url, '--out', file, ...flags);
  assert.equal(code, 0, err);
  return readFile(file, 'utf8');
}

/** Points, which must all be taken. */
export async function write(url: string, database: string, lines: string, policy = ''): Promise<void> {
  const response = await fetch(`${url}/write?db=${database}&rp=${policy}`, { method: 'POST', body: lines });
  assert.equal(response.status, 204, await response.text());
}
