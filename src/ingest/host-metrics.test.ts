import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseLineProtocol } from '../line-protocol/index.ts';
import { SeriesTable } from '../model/index.ts';
import { HostCollector, startHostMetrics } from './host-metrics.ts';

async function procDir(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-proc-'));
  t.after(() => rm(dir, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(dir, dirname(name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  return dir;
}

const FILES = {
  stat: 'cpu  100 0 0 100\ncpu0 100 0 0 100\n',
  meminfo: 'MemTotal: 100 kB\nMemAvailable: 25 kB\n',
  diskstats: '8 0 sda 1 0 2 3 4 0 5 6 0 7 8\n',
  'net/dev': ' eth0: 1 2 0 0 0 0 0 0 3 4 0 0 0 0 0 0\n',
  mounts: 'overlay / overlay rw 0 0\n',
};

/** Every line must be line protocol. */
function measurementsOf(lines: string): readonly string[] {
  const series = new SeriesTable();
  const parsed = parseLineProtocol(Buffer.from(lines), { series, precision: 's', defaultTimeNs: 0n, unsigned: false });
  assert.deepEqual(parsed.errors, []);
  assert.equal(parsed.droppedCount, 0);
  return series.measurements;
}

test("a reading is line protocol in Telegraf's measurements", async (t) => {
  const dir = await procDir(t, FILES);
  const collector = new HostCollector(dir, 'my host');
  const first = await collector.collect(100);
  assert.deepEqual(measurementsOf(first), ['mem', 'disk', 'diskio', 'net', 'system']);
  await writeFile(join(dir, 'stat'), 'cpu  150 0 0 150\ncpu0 150 0 0 150\n');
  const lines = (await collector.collect(101)).split('\n');
  assert.match(lines[0], /^cpu,cpu=cpu-total,host=my\\ host usage_user=50,usage_nice=0,.* 101$/);
  assert.match(lines[1], /^cpu,cpu=cpu0,host=my\\ host usage_user=50,/);
  assert.match(lines[2], /^mem,host=my\\ host total=102400i,available=25600i,used=76800i,.*,used_percent=75 101$/);
  assert.match(lines[3], /^disk,device=overlay,fstype=overlay,host=my\\ host,path=\/ total=\d+i,used=\d+i,free=\d+i,/);
  assert.match(lines[4], /^diskio,host=my\\ host,name=sda reads=1i,writes=4i,read_bytes=1024i,write_bytes=2560i,/);
  assert.match(lines[5], /^net,host=my\\ host,interface=eth0 bytes_recv=1i,/);
  assert.match(lines[6], /^system,host=my\\ host load1=[\d.]+,load5=[\d.]+,load15=[\d.]+,n_cpus=\d+i,uptime=\d+i 101$/);
});

test('without /proc there are processors, memory and load', async () => {
  const collector = new HostCollector('/nonexistent', 'h');
  await collector.collect(1);
  await sleep(60);
  assert.deepEqual(measurementsOf(await collector.collect(2)), ['cpu', 'mem', 'system']);
});

test('the real /proc gives line protocol', async () => {
  const collector = new HostCollector('/proc', 'h');
  assert.ok(measurementsOf(await collector.collect(1)).includes('mem'));
});

test('it writes at every tick, one at a time, and tells of a failure once', async (t) => {
  const failures: unknown[] = [];
  let writes = 0;
  let underWay = 0;
  const metrics = startHostMetrics({
    procDir: await procDir(t, FILES),
    intervalMs: 5,
    write: async () => {
      assert.equal(++underWay, 1);
      await sleep(12);
      underWay--;
      writes++;
      if (writes === 2 || writes === 3) throw new Error('disk full');
    },
    onFailure: (error) => failures.push(error),
  });
  while (writes < 5) await sleep(5);
  await metrics.stop();
  const stoppedAt = writes;
  await sleep(30);
  assert.equal(writes, stoppedAt);
  assert.deepEqual(failures, [new Error('disk full'), null]);
});
