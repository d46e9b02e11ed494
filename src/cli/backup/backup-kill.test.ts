import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type RestoreTarget, openBackup, sendRestore } from '../../backup/index.ts';
import { startWeir } from '../test-support/weir-server.ts';
import { httpRestores } from './http-restores.ts';
import { ServerClient } from './server-client.ts';
import { query, succeed, tempDirs, timesOf, write } from './test-support/commands.ts';

const MAIN = new URL('../main.ts', import.meta.url).pathname;

interface Child {
  readonly process: ChildProcess;
  readonly address: string;
}

/** A server in a process of its own, to be killed. */
async function spawnWeir(t: TestContext, dir: string): Promise<Child> {
  const flags = [
    '--http-bind',
    '127.0.0.1:0',
    '--host-metrics',
    'false',
    '--monitor-store-enabled',
    'false',
    '--log-format',
    'json',
  ];
  const child = spawn(process.execPath, [MAIN, 'serve', '--data-dir', dir, ...flags], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let address = '';
  for await (const chunk of child.stderr) {
    for (const line of String(chunk).split('\n')) {
      const match = /"address":"([^"]+)".*"ready for queries/.exec(line);
      if (match !== null) address = match[1];
    }
    if (address !== '') break;
  }
  child.stderr.resume();
  return { process: child, address };
}

/** Restores as the command does, and calls `onCall` before each request, with its number. */
async function restoreWith(dir: string, address: string, onCall: (call: string) => void): Promise<void> {
  const access = { url: `http://${address}`, username: undefined, password: undefined, insecure: false };
  const real = httpRestores(new ServerClient(access));
  const told =
    <A extends readonly unknown[], R>(name: string, call: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> => {
      onCall(name);
      return call(...args);
    };
  const target: RestoreTarget = {
    existing: told('existing', () => real.existing()),
    open: told('open', (request) => real.open(request)),
    append: told('append', (id, key, at, bytes) => real.append(id, key, at, bytes)),
    commit: told('commit', (id) => real.commit(id)),
    abort: (id) => real.abort(id),
  };
  const { directory, manifest } = await openBackup(dir);
  try {
    const options = { database: null, as: null, policy: null, newPolicy: null, ifExists: 'refuse' } as const;
    await sendRestore(directory, manifest, target, options);
  } finally {
    await directory.close();
  }
}

test('kill -9 of the server during a restore leaves nothing or everything', { timeout: 120_000 }, async (t) => {
  const at = await tempDirs(t);
  const source = await startWeir(at('data'));
  await query(source.address, 'CREATE DATABASE d');
  for (let shard = 0; shard < 10; shard++) {
    const lines = Array.from(
      { length: 200 },
      (_, index) => `m,w=${index % 7} v=${index} ${BigInt(shard) * 604_800_000_000_000n + BigInt(index)}\n`,
    );
    await write(source.address, lines.join(''));
  }
  await succeed(['backup', at('copy'), '--host', `http://${source.address}`]);
  const expected = await timesOf(source.address);
  await source.close();
  // Half way through the objects, and so long after the last step has begun.
  for (const moment of [-1, 5, 20, 60]) {
    const dir = at(`target${moment}`);
    const server = await spawnWeir(t, dir);
    const exited = once(server.process, 'exit');
    let appends = 0;
    await restoreWith(at('copy'), server.address, (call) => {
      if (call === 'append' && moment < 0 && ++appends === 5) server.process.kill('SIGKILL');
      if (call === 'commit') setTimeout(() => server.process.kill('SIGKILL'), moment);
    }).catch(() => {});
    await exited;
    const again = await startWeir(dir);
    const times = await timesOf(again.address);
    const exists = (await query(again.address, 'SHOW DATABASES')).includes('"d"');
    t.diagnostic(`${moment} ms: ${exists ? 'everything' : 'nothing'}`);
    assert.deepEqual(times, exists ? expected : new Map(), `${moment} ms`);
    if (!exists) {
      await again.close();
      const left = await readdir(join(dir, 'store'), { recursive: true, withFileTypes: true });
      const objects = left.filter((entry) => entry.isFile() && /(?:blocks|series)\//.test(`${entry.parentPath}/`));
      assert.deepEqual(objects, [], `${moment} ms`);
      await succeed(['restore', at('copy'), '--data-dir', dir]);
      const third = await startWeir(dir);
      assert.deepEqual(await timesOf(third.address), expected);
      await third.close();
    }
    await again.close();
  }
});

test('a killed backup leaves the one before, and the next one goes on', { timeout: 60_000 }, async (t) => {
  const closing: { close(): Promise<void> }[] = [];
  const at = await tempDirs(t, { close: async () => closing[0]?.close() });
  const server = await startWeir(at('data'));
  closing.push(server);
  const host = ['--host', `http://${server.address}`];
  await query(server.address, 'CREATE DATABASE d');
  await write(server.address, 'm,w=0 v=1 1\n');
  await succeed(['backup', at('copy'), ...host]);
  const manifest = await readFile(join(at('copy'), 'manifest.json'), 'utf8');
  for (let shard = 0; shard < 60; shard++)
    await write(server.address, `m,w=1 v=1 ${BigInt(shard) * 604_800_000_000_000n}\n`);
  for (const waitMs of [250, 350]) {
    const client = spawn(process.execPath, [MAIN, 'backup', at('copy'), ...host], { stdio: 'ignore' });
    const ended = once(client, 'exit');
    await delay(waitMs);
    client.kill('SIGKILL');
    await ended;
    await succeed(['backup', 'verify', at('copy')]);
    if ((await readFile(join(at('copy'), 'manifest.json'), 'utf8')) !== manifest) break;
  }
  await succeed(['backup', at('copy'), ...host]);
  await succeed(['backup', 'verify', at('copy')]);
  await succeed(['restore', at('copy'), '--data-dir', at('restored')]);
  const restored = await startWeir(at('restored'));
  assert.deepEqual(await timesOf(restored.address), await timesOf(server.address));
  await restored.close();
});
