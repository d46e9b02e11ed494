import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDiskstats, parseMeminfo, parseMounts, parseNetDev } from './proc-files.ts';

test('memory in bytes', () => {
  const text = `MemTotal:       1000 kB
MemFree:         100 kB
MemAvailable:    400 kB
Buffers:          50 kB
Cached:          200 kB
SReclaimable:     20 kB
Active(anon):      7 kB
Active:           70 kB
HugePages_Total:   0
`;
  assert.deepEqual(parseMeminfo(text), {
    total: 1_024_000n,
    available: 409_600n,
    used: 614_400n,
    free: 102_400n,
    buffered: 51_200n,
    cached: 225_280n,
    active: 71_680n,
    inactive: 0n,
    swap_total: 0n,
    swap_free: 0n,
    available_percent: 40,
    used_percent: 60,
  });
  assert.equal(parseMeminfo(text.replace(/MemAvailable.*\n/, ''))?.available, (100n + 50n + 220n) * 1024n);
  assert.equal(parseMeminfo(''), null);
});

test('disks, but no loop devices', () => {
  const text = `   7       0 loop0 1 0 2 0 0 0 0 0 0 0 0
 259       0 nvme0n1 10 1 20 30 40 2 50 60 1 70 80 0 0 0 0
   8       1 sda1 broken
`;
  assert.deepEqual(parseDiskstats(text), [
    {
      name: 'nvme0n1',
      fields: {
        reads: 10n,
        writes: 40n,
        read_bytes: 10_240n,
        write_bytes: 25_600n,
        read_time: 30n,
        write_time: 60n,
        io_time: 70n,
        weighted_io_time: 80n,
        iops_in_progress: 1n,
      },
    },
  ]);
});

test('network interfaces, but not the loopback', () => {
  const text = `Inter-|   Receive                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 5 5 0 0 0 0 0 0 5 5 0 0 0 0 0 0
  eth0:18446744073709551615 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
`;
  assert.deepEqual(parseNetDev(text), [
    {
      interface: 'eth0',
      fields: {
        bytes_recv: 18446744073709551615n,
        packets_recv: 2n,
        err_in: 3n,
        drop_in: 4n,
        bytes_sent: 9n,
        packets_sent: 10n,
        err_out: 11n,
        drop_out: 12n,
      },
    },
  ]);
});

test('mounted devices, each once, and the root', () => {
  const text = `proc /proc proc rw 0 0
overlay / overlay rw 0 0
/dev/sda1 /data\\040store ext4 rw 0 0
/dev/sda1 /again ext4 rw 0 0
tmpfs /tmp tmpfs rw 0 0
`;
  assert.deepEqual(parseMounts(text), [
    { device: 'overlay', path: '/', fstype: 'overlay' },
    { device: 'sda1', path: '/data store', fstype: 'ext4' },
  ]);
});
