import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { openCatalog } from './open-catalog.ts';
import { ModelCatalog } from './test-support/model-catalog.ts';
import { perform } from './test-support/perform.ts';
import { requests } from './test-support/requests.ts';
import { bucketIds, show } from './test-support/show.ts';
import { rejects, withStore } from './test-support/temp-store.ts';

test('random requests to two nodes, with restarts, against a plain model', async (t) => {
  for (const seed of [1, 2, Math.floor(Math.random() * 2 ** 32)]) {
    const { store } = await withStore(t);
    const open = () => openCatalog({ store, checkpointEvery: 7, passwordCost: 4 });
    const nodes = [await open(), await open()];
    const model = new ModelCatalog();
    const dropped = new Set<string>();
    let carriedOut = 0;
    let count = 0;
    for (const request of requests(seed)) {
      if (++count > 350) break;
      const node = nodes[count % 2];
      const asked = JSON.stringify(request, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
      const where = `seed ${seed}, request ${count}: ${asked}`;
      const expected = model.apply(request);
      const before = new Set(bucketIds(node));
      const error = await perform(node, request).then(
        (ids) => {
          for (const id of ids) dropped.add(id);
          return undefined;
        },
        (thrown: Error) => thrown.message,
      );
      assert.equal(error, expected, where);
      assert.deepEqual(show(node), model.show(), where);
      for (const id of bucketIds(node))
        assert.ok(before.has(id) || !dropped.has(id), `${where}: bucket ${id} came back`);
      for (const { policies } of node.databases()) {
        for (const { bucket } of policies)
          assert.ok(bucket.durationNs === 0n || bucket.shardDurationNs <= bucket.durationNs);
      }
      if (error === undefined) carriedOut++;
      if (count % 40 === 0) {
        const restarted = await open();
        assert.deepEqual(restarted.databases(), node.databases(), where);
        assert.deepEqual(restarted.users(), node.users(), where);
        for (const { name, password } of model.users.users) {
          assert.equal((await restarted.authenticate(name, password)).name, name, where);
          await rejects(restarted.authenticate(name, `${password}!`), 'unauthorized', 'authorization failed');
        }
        await node.close();
        nodes[count % 2] = restarted;
      }
    }
    assert.ok(carriedOut > 80 && carriedOut < 340, `seed ${seed}: ${carriedOut} of 350 requests were carried out`);
    assert.ok(dropped.size > 5, `seed ${seed}`);
    for (const node of nodes) await node.close();
  }
});

test('kill -9: after a restart the catalog is what its last finished request made it, or the one after', async (t) => {
  for (let round = 0; round < 4; round++) {
    const { dir, store } = await withStore(t);
    const seed = 1 + Math.floor(Math.random() * 2 ** 31);
    const script = new URL('./test-support/requester-to-kill.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, [script, dir, String(seed)], { stdio: ['pipe', 'pipe', 'inherit'] });
    t.after(() => child.kill('SIGKILL'));
    const closed = once(child, 'close');
    let finished = 0;
    const enough = new Promise<void>((resolve) => {
      child.stdout.on('data', (bytes: Buffer) => {
        finished += bytes.length;
        if (finished >= 30) resolve();
      });
    });
    await Promise.race([enough, closed]);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 50));
    child.kill('SIGKILL');
    await closed;
    assert.ok(finished >= 30, `the requester ended by itself after ${finished} requests`);

    const model = new ModelCatalog();
    const script_ = requests(seed);
    for (let i = 0; i < finished; i++) model.apply(script_.next().value);
    const possible = [model.show()];
    model.apply(script_.next().value);
    possible.push(model.show());
    const found = show(await openCatalog({ store }));
    const fits = possible.some((lines) => lines.join('\n') === found.join('\n'));
    assert.ok(
      fits,
      `seed ${seed}, ${finished} requests: found ${found.join(' | ')}, expected ${possible.join(' or ')}`,
    );
  }
});
