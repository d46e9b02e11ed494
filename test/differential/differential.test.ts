// A short run of the comparison where Debian's InfluxDB is installed; `npm run differential` is the long one.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { runRound } from './round.ts';
import { BEFORE_1_8, RULES } from './rules.ts';
import { influxdVersion, startServers } from './servers.ts';
import { runWriteRound } from './write-round.ts';
import { WRITE_RULES } from './write-rules.ts';

const INFLUXD = 'influxd';
const SEEDS = [11, 12, 13, 14];

void test('every rule stands for a row of the deviations', async () => {
  const rows = await readFile(new URL('../../docs/deviations.md', import.meta.url), 'utf8');
  for (const { name, row } of [...RULES, ...WRITE_RULES]) {
    assert.ok(row === BEFORE_1_8 || rows.includes(`| ${row}`), `rule ${name}`);
  }
});

const version = influxdVersion(INFLUXD);
const skip = version === undefined ? 'needs influxd: apt-get install influxdb' : false;

void test('InfluxDB and Weir give equal answers', { skip, timeout: 200_000 }, async (t) => {
  const servers = await startServers(INFLUXD);
  t.after(() => servers.close());
  for (const seed of SEEDS) {
    await t.test(`seed ${seed}`, async () => {
      const options = { seed, queries: 30, version: version ?? '', shrinks: false };
      const { disagreements, fatal, rows } = await runRound(servers, options);
      assert.deepEqual(disagreements, []);
      assert.equal(fatal, undefined);
      assert.ok(rows > 0, 'no query had rows');
      const writes = await runWriteRound(servers, seed, 15);
      assert.deepEqual(writes.disagreements, []);
    });
  }
});
