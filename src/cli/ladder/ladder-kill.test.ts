// A server with a ladder that is killed again and again while points come, late, twice and at once: what its tiers say in the
// end is what the points say.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const MAIN = new URL('../main.ts', import.meta.url).pathname;
const ROUNDS = 4;

interface Killable {
  readonly child: ChildProcess;
  readonly url: string;
}

async function serve(t: TestContext, dir: string): Promise<Killable> {
  const flags = ['--http-bind', '127.0.0.1:0', '--host-metrics', 'false', '--monitor-store-enabled', 'false'];
  const args = ['serve', '--data-dir', dir, '--log-format', 'json', ...flags];
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stderr as NodeJS.ReadableStream })) {
    lines.push(line);
    const fields = JSON.parse(line) as { readonly msg?: string; readonly address?: string };
    if (fields.msg === 'ready for queries and writes') return { child, url: `http://${fields.address}` };
  }
  return assert.fail(`the server ended: ${lines.join('\n')}`);
}

async function kill({ child }: Killable): Promise<void> {
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

async function post(url: string, path: string, body: string, type = 'text/plain'): Promise<string> {
  const answer = await fetch(`${url}${path}`, { method: 'POST', body, headers: { 'Content-Type': type } });
  const text = await answer.text();
  assert.ok(
    answer.status < 300 && !text.includes('"error"'),
    `${path} ${body.slice(0, 200)}: ${answer.status} ${text}`,
  );
  return text;
}

function query(url: string, text: string): Promise<string> {
  return post(
    url,
    '/query?db=d&epoch=s',
    new URLSearchParams({ q: text }).toString(),
    'application/x-www-form-urlencoded',
  );
}

interface TierState {
  readonly tier: string;
  readonly watermark: string | null;
  readonly dirty: number | null;
  readonly backfill: number | null;
  readonly problem: string;
}

/** Once nothing is left to do: each tier with the time up to which it must be right, in seconds. */
async function settledTiers(url: string): Promise<readonly { readonly tier: string; readonly upTo: number }[]> {
  for (let wait = 0; wait < 300; wait++) {
    const answer = await fetch(`${url}/api/ladders?db=d`);
    const { ladders } = (await answer.json()) as {
      readonly ladders: readonly { readonly tiers: readonly TierState[] }[];
    };
    const tiers = ladders[0].tiers.slice(1);
    assert.ok(
      tiers.every(({ problem }) => problem === ''),
      JSON.stringify(tiers),
    );
    if (tiers.every(({ dirty, backfill }) => dirty === 0 && backfill === 1))
      return tiers.map(({ tier, watermark }) => ({ tier, upTo: Date.parse(watermark ?? '') / 1000 }));
    await sleep(100);
  }
  return assert.fail(`the tiers do not settle: ${await (await fetch(`${url}/api/ladders?db=d`)).text()}`);
}

/** The rows of either answer that the other has not. */
function rowsThatDiffer(actual: string, expected: string): string[] {
  const [own, other] = [actual, expected].map((answer) => {
    const { results } = JSON.parse(answer) as {
      readonly results: readonly {
        readonly series?: readonly { readonly name: string; readonly tags: object; readonly values: unknown[] }[];
      }[];
    };
    return new Set(
      (results[0].series ?? []).flatMap(({ name, tags, values }) =>
        values.map((row) => JSON.stringify([name, tags, row])),
      ),
    );
  });
  return [
    ...[...own].filter((row) => !other.has(row)).map((row) => `- ${row}`),
    ...[...other].filter((row) => !own.has(row)).map((row) => `+ ${row}`),
  ];
}

test('killed again and again: every tier equals its points in the end', { timeout: 120_000 }, async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'weir-ladder-kill-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const seed = Number(process.env.WEIR_SEED ?? Math.floor(Math.random() * 2 ** 31));
  const random = mulberry(seed);
  const below = (count: number): number => Math.floor(random() * count);
  const nowS = (): number => Math.floor(Date.now() / 1000);
  let server = await serve(t, dir);
  await query(server.url, 'CREATE DATABASE d');
  for (let round = 0; round < ROUNDS; round++) {
    if (round === 1) await query(server.url, "CREATE LADDER l ON d '1s:2h,2s:8h,6s:7d' LATENESS 0s");
    if (round === 2) await query(server.url, "ALTER LADDER l ON d '1s:2h,2s:8h,4s:9h,6s:7d' LATENESS 0s");
    for (let batch = 0; batch < 12; batch++) {
      const at = nowS() - (below(3) === 0 ? below(3000) : below(3));
      const lines = Array.from({ length: 1 + below(40) }, (_, index) => {
        const value = below(2) === 0 ? `v=${below(1000) / 8}` : `i=${below(100)}i`;
        return `${'mn'[below(2)]},h=${below(4)} ${value} ${at - (index >> 1)}`;
      });
      await post(server.url, '/write?db=d&precision=s', lines.join('\n'));
      const from = nowS() - below(3000);
      if (below(8) === 0)
        await query(
          server.url,
          `DELETE FROM m WHERE h = '${below(4)}' AND time >= ${from}s AND time < ${from + below(100)}s`,
        );
    }
    // One write is under way: whether it is stored nobody knows, but it must be so everywhere or nowhere.
    const last = post(server.url, '/write?db=d&precision=s', `m,h=0 v=1 ${nowS() - below(600)}`).catch(() => {});
    await sleep(below(3) === 0 ? 1200 : below(60));
    await kill(server);
    await last;
    server = await serve(t, dir);
  }
  const functions = 'count(v), sum(v), min(v), max(v), count(i), sum(i), min(i), max(i)';
  for (const { tier, upTo } of await settledTiers(server.url)) {
    const step = /^\d+[sm]/.exec(tier)?.[0];
    const ask = (policy: string): Promise<string> =>
      query(
        server.url,
        `SELECT ${functions} FROM "${policy}"././ WHERE time >= ${upTo - 3600}s AND time < ${upTo}s GROUP BY time(${step}), h`,
      );
    const [expected, actual] = [await ask('autogen'), await ask(tier)];
    assert.ok(expected.includes('"values"'), `seed ${seed}`);
    const difference = rowsThatDiffer(actual, expected);
    assert.deepEqual(difference, [], `seed ${seed}: tier ${tier} up to ${upTo}`);
  }
  await kill(server);
});

function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
