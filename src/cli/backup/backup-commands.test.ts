import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startWeir } from '../test-support/weir-server.ts';
import { query, succeed, tempDirs, timesOf, weir, write } from './test-support/commands.ts';

test('writers go on during a backup: all that was acknowledged before is in it, and of each writer no more than a beginning', async (t) => {
  const closing: { close(): Promise<void> }[] = [];
  const at = await tempDirs(t, { close: async () => Promise.all(closing.map((each) => each.close())).then(() => {}) });
  // Blocks are written and merged all the time.
  const server = await startWeir(at('data'), { '--storage-flush-size': '20k', '--storage-log-segment-size': '100k' });
  closing.push(server);
  await query(server.address, 'CREATE DATABASE d');
  const acknowledged = [0, 0, 0, 0];
  let running = true;
  const writers = acknowledged.map(async (_, writer) => {
    while (running) {
      const next = acknowledged[writer] + 1;
      const lines = Array.from(
        { length: 20 },
        (_each, index) => `m,w=${writer} v=${index} ${20 * (next - 1) + index + 1}\n`,
      );
      if ((await write(server.address, lines.join(''))) === 204) acknowledged[writer] = next;
      await delay(2);
    }
  });
  await delay(300);
  for (let round = 0; round < 2; round++) {
    const before = [...acknowledged];
    await succeed(['backup', at('copy'), '--host', `http://${server.address}`]);
    await succeed(['backup', 'verify', at('copy')]);
    await succeed(['restore', at('copy'), '--data-dir', at(`restored${round}`)]);
    const restored = await startWeir(at(`restored${round}`));
    closing.push(restored);
    const times = await timesOf(restored.address);
    before.forEach((count, writer) => {
      const own = times.get(`${writer}`) ?? [];
      assert.ok(own.length >= 20 * count, `writer ${writer}: ${own.length} of ${20 * count}`);
      assert.deepEqual(
        own,
        Array.from({ length: own.length }, (_each, index) => index + 1),
      );
      assert.equal(own.length % 20, 0);
    });
  }
  running = false;
  await Promise.all(writers);
});

test('with authentication on, backups and restores are for administrators', async (t) => {
  const closing: { close(): Promise<void> }[] = [];
  const at = await tempDirs(t, { close: async () => closing[0]?.close() });
  const server = await startWeir(at('data'), { '--http-auth-enabled': 'true' });
  closing.push(server);
  const admin = { u: 'root', p: 'secret' };
  await query(server.address, "CREATE USER root WITH PASSWORD 'secret' WITH ALL PRIVILEGES");
  for (const q of ["CREATE USER bob WITH PASSWORD 'b'", 'CREATE DATABASE d', 'GRANT ALL ON d TO bob'])
    await query(server.address, q, admin);
  const host = ['--host', `http://${server.address}`];
  const refusals: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /^weir: unable to parse authentication credentials$/m],
    [['--username', 'root', '--password', 'wrong'], /^weir: authorization failed$/m],
    [['--username', 'bob', '--password', 'b'], /^weir: .*admin/m],
  ];
  for (const [flags, text] of refusals) {
    const { code, stderr } = await weir(['backup', at('copy'), ...host, ...flags]);
    assert.equal(code, 1);
    assert.match(stderr, text);
  }
  const environment = { INFLUX_USERNAME: 'root', INFLUX_PASSWORD: 'secret' };
  await succeed(['backup', at('copy'), ...host], environment);
  const refused = await weir(['restore', at('copy'), ...host, '--database', 'd', '--as', 'e'], {
    INFLUX_USERNAME: 'bob',
    INFLUX_PASSWORD: 'b',
  });
  assert.equal(refused.code, 1);
  await succeed(['restore', at('copy'), ...host, '--database', 'd', '--as', 'e'], environment);
  assert.match(await query(server.address, 'SHOW DATABASES', admin), /\["d"\],\["e"\]/);
});

test('what cannot be done is said in one line', async (t) => {
  const at = await tempDirs(t);
  const faultOf = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await weir(args);
    assert.equal(code, 1, args.join(' '));
    return stderr.trimEnd();
  };
  assert.match(
    await faultOf('backup', at('copy'), '--host', 'http://127.0.0.1:1'),
    /^weir: http:\/\/127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/,
  );
  assert.match(await faultOf('backup', at('copy'), '--host', 'localhost'), /^weir: localhost is no URL such as/);
  assert.equal(await faultOf('backup', at('copy'), '--retention', 'r'), 'weir: --retention needs --database');
  assert.match(await faultOf('backup', at('copy'), '--since', 'soon'), /^weir: --since: soon is neither a time/);
  assert.match(await faultOf('backup', 'verify', at('copy')), /^weir: \S+copy holds no backup$/);
  assert.match(await faultOf('restore', at('missing')), /^weir: \S+missing cannot be read: ENOENT/);
  const other = createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  assert.equal(
    await faultOf('backup', at('copy'), '--host', `http://127.0.0.1:${port}`),
    'weir: the server answers /backup/open with other things than JSON: is it a Weir?',
  );
  other.close();
  await writeFile(at('file'), '');
  assert.match(await faultOf('backup', at('file')), /^weir: the directory \S+file cannot be made: /);
  assert.match(
    await faultOf('restore', at('copy'), '--merge', '--skip-existing'),
    /^weir: either --merge or --skip-existing, not both$/,
  );
});
