import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuUsage, parseProcStat } from './proc-stat.ts';

const STAT = `cpu  100 10 30 800 20 5 6 7 40 2
cpu0 50 5 15 400 10 2 3 4 20 1
cpu11 50 5 15 400
intr 12345 0 0
ctxt 99
cpufreq 1
`;

test('processors, with guests taken out of user and nice', () => {
  const [total, first, second, ...rest] = parseProcStat(STAT);
  assert.deepEqual(total, {
    name: 'cpu-total',
    user: 60,
    nice: 8,
    system: 30,
    idle: 800,
    iowait: 20,
    irq: 5,
    softirq: 6,
    steal: 7,
    guest: 40,
    guestNice: 2,
  });
  assert.equal(first.name, 'cpu0');
  // Old kernels have fewer columns.
  assert.deepEqual([second.name, second.idle, second.steal], ['cpu11', 400, 0]);
  assert.deepEqual(rest, []);
  assert.deepEqual(parseProcStat('nonsense'), []);
});

test('shares of the time between two readings', () => {
  const reading = (line: string) => parseProcStat(`cpu ${line}`)[0];
  const before = reading('100 0 0 100 0 0 0 0 0 0');
  assert.deepEqual(cpuUsage(before, reading('150 0 25 125 0 0 0 0 0 0')), {
    usage_user: 50,
    usage_nice: 0,
    usage_system: 25,
    usage_idle: 25,
    usage_iowait: 0,
    usage_irq: 0,
    usage_softirq: 0,
    usage_steal: 0,
    usage_guest: 0,
    usage_guest_nice: 0,
  });
  assert.equal(cpuUsage(before, before), null);
  assert.equal(cpuUsage(before, reading('0 0 0 0 0 0 0 0 0 0')), null);
});
