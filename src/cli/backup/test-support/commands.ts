// Commands within this process, and requests to servers: what tests of backups are written in.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { runCommand } from '../../commands.ts';

interface Ended {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export async function weir(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  const code = await runCommand(args, {
    environment: { HOME: '/nonexistent', ...environment },
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    exit: (exitCode) => assert.fail(`exit ${exitCode}`),
    onSignal: () => assert.fail('the command runs on'),
  });
  return { code, stdout, stderr };
}

export async function succeed(
  args: readonly string[],
  environment?: Readonly<Record<string, string>>,
): Promise<string> {
  const { code, stdout, stderr } = await weir(args, environment);
  assert.equal(code, 0, `weir ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Gone after the test; what `closing` returns is closed before. */
export async function tempDirs(t: TestContext, ...closing: { close(): Promise<void> }[]) {
  const dir = await mkdtemp(join(tmpdir(), 'weir-backup-command-'));
  t.after(async () => {
    for (const each of closing) await each.close();
    await rm(dir, { recursive: true, force: true });
  });
  return (name: string): string => join(dir, name);
}

export async function query(
  address: string,
  q: string,
  credentials: Readonly<Record<string, string>> = {},
): Promise<string> {
  const parameters = new URLSearchParams({ q, epoch: 'ns', ...credentials });
  return (await fetch(`http://${address}/query?${parameters.toString()}`, { method: 'POST' })).text();
}

export async function write(address: string, lines: string, db = 'd'): Promise<number> {
  const response = await fetch(`http://${address}/write?db=${db}`, { method: 'POST', body: lines });
  await response.arrayBuffer();
  return response.status;
}

/** The times of measurement `m` in order, by series. */
export async function timesOf(address: string): Promise<ReadonlyMap<string, readonly number[]>> {
  const answer = JSON.parse(await query(address, 'SELECT v FROM d..m GROUP BY w')) as {
    readonly results: readonly {
      readonly series?: readonly { readonly tags: { readonly w: string }; readonly values: number[][] }[];
    }[];
  };
  const series = answer.results[0].series ?? [];
  return new Map(series.map(({ tags, values }) => [tags.w, values.map(([time]) => time)]));
}
