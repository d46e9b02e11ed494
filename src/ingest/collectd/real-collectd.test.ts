// The real collectd sends to us, at each of its security levels. Needs Debian's package collectd-core.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { portOf } from '../test-support/send.ts';
import { LineStore } from '../test-support/store.ts';
import { type CollectdOptions, openCollectdListener } from './collectd-listener.ts';

const COLLECTD = '/usr/sbin/collectd';
const TYPES_DB = '/usr/share/collectd/types.db';
const skip = existsSync(COLLECTD) && existsSync(TYPES_DB) ? false : 'needs the package collectd-core';

interface Receiver {
  readonly store: LineStore;
  readonly port: number;
  readonly statistics: () => Readonly<Record<string, unknown>>;
}

async function receiver(t: TestContext, dir: string, options: Partial<CollectdOptions>): Promise<Receiver> {
  const store = new LineStore();
  const listener = await openCollectdListener(
    {
      bind: { host: '127.0.0.1', port: 0 },
      readBufferBytes: 0,
      typesDbPath: TYPES_DB,
      securityLevel: 'none',
      authFile: join(dir, 'auth'),
      join: false,
      batchPoints: 5000,
      maxPendingBatches: 10,
      timeoutMs: 50,
      ...options,
    },
    store.parts,
  );
  t.after(() => listener.stop());
  return { store, port: portOf(listener.address), statistics: () => listener.statistics()[0].values };
}

function configuration(dir: string, servers: readonly string[]): string {
  return `
Hostname "testhost"
BaseDir "${dir}"
PIDFile "${join(dir, 'pid')}"
TypesDB "${TYPES_DB}"
Interval 0.2
${['cpu', 'load', 'memory', 'interface', 'df', 'network'].map((name) => `LoadPlugin ${name}\n`).join('')}
<Plugin network>
${servers.join('\n')}
</Plugin>
`;
}

function server(port: number, level?: string): string {
  const security = level === undefined ? '' : `SecurityLevel ${level}\nUsername "alice"\nPassword "w0nderl4nd"\n`;
  return `<Server "127.0.0.1" "${port}">\n${security}</Server>`;
}

/** `measurement tag,tag field,field`, each once. */
function shapes(store: LineStore): ReadonlySet<string> {
  return new Set(
    store.lines.map((line) => {
      const [key, fields] = line.split(' ');
      const [measurement, ...tags] = key.split(',');
      const names = (pairs: readonly string[]): string => pairs.map((pair) => pair.split('=')[0]).join();
      return `${measurement} ${names(tags)} ${names(fields.split(','))}`;
    }),
  );
}

test('collectd sends plain, signed and encrypted; names are as in InfluxDB', { skip }, async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'weir-collectd-'));
  t.after(() => rm(dir, { recursive: true }));
  await writeFile(join(dir, 'auth'), 'alice: w0nderl4nd\n');
  const plain = await receiver(t, dir, {});
  const signed = await receiver(t, dir, { securityLevel: 'sign', join: true });
  const encrypted = await receiver(t, dir, { securityLevel: 'encrypt' });
  const refusing = await receiver(t, dir, { securityLevel: 'encrypt' });
  const servers = [
    server(plain.port),
    server(signed.port, 'Sign'),
    server(encrypted.port, 'Encrypt'),
    server(refusing.port),
  ];
  await writeFile(join(dir, 'collectd.conf'), configuration(dir, servers));
  const collectd = spawn(COLLECTD, ['-f', '-C', join(dir, 'collectd.conf')], { stdio: 'ignore' });
  const exited = once(collectd, 'exit');
  t.after(async () => {
    collectd.kill('SIGKILL');
    await exited;
  });
  const deadline = performance.now() + 20_000;
  const isThere = (): boolean =>
    [plain, signed, encrypted].every(({ store }) => store.lines.some((line) => line.startsWith('df'))) &&
    [plain, encrypted].every(({ store }) => store.lines.some((line) => line.startsWith('interface_tx'))) &&
    [plain, encrypted].every(({ store }) => store.lines.some((line) => line.startsWith('load_longterm'))) &&
    [plain, signed, encrypted].every(({ store }) => store.lines.some((line) => line.startsWith('cpu')));
  while (!isThere()) {
    assert.ok(performance.now() < deadline, [...shapes(plain.store), ...shapes(signed.store)].join('\n'));
    await sleep(50);
  }
  for (const { store } of [plain, encrypted]) {
    const found = shapes(store);
    for (const shape of [
      'load_shortterm host,type value',
      'load_midterm host,type value',
      'load_longterm host,type value',
      'cpu_value host,instance,type,type_instance value',
      'memory_value host,type,type_instance value',
      'df_value host,instance,type,type_instance value',
      'interface_rx host,instance,type value',
      'interface_tx host,instance,type value',
    ]) {
      assert.ok(found.has(shape), `${shape} is not among\n${[...found].join('\n')}`);
    }
  }
  assert.ok(shapes(signed.store).has('load host,type shortterm,midterm,longterm'));
  assert.ok(shapes(signed.store).has('interface host,instance,type rx,tx'));
  for (const { statistics } of [plain, signed, encrypted]) {
    const { pointsParseFail, droppedPointsInsecure } = statistics();
    assert.deepEqual([pointsParseFail, droppedPointsInsecure], [0, 0]);
  }
  assert.deepEqual(refusing.store.lines, []);
  assert.ok(Number(refusing.statistics().droppedPointsInsecure) > 0);
});
