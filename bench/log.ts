// Speed of the directory log on TSBS cpu-only rows (10 tags, 10 integer fields): `node bench/log.ts [rows] [directory]`.
// Encoding and decoding run on one thread in memory; the rest uses a log in the directory, or in the temporary one.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type Log, type WriteChange, openDirectoryLog } from '../src/log/index.ts';
import { FrameDecoder, FrameEncoder } from '../src/log/codec.ts';
import { FrameBuffer } from '../src/log/frame-buffer.ts';
import { frameBytes } from '../src/log/frame.ts';
import { type BatchColumn, SeriesTable } from '../src/model/index.ts';

const BUCKET = '0123456789abcdef';
const HOSTS = 4000;
const STEP_NS = 10e9;
const FIELDS = ['user', 'system', 'idle', 'nice', 'iowait', 'irq', 'softirq', 'steal', 'guest', 'guest_nice'];

let seed = 42;
function random(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
  return (seed >>> 0) / 2 ** 32;
}

function hosts(): SeriesTable {
  const table = new SeriesTable();
  for (let host = 0; host < HOSTS; host++) {
    const key = Buffer.from(
      `cpu,arch=x64,datacenter=eu-west-1a,hostname=host_${host},os=Ubuntu16.10,rack=${host % 100},region=eu-west-1,` +
        `service=${host % 20},service_environment=test,service_version=1,team=SF`,
    );
    table.intern(key, 0, key.length);
  }
  return table;
}

/** Rows as the load generator sends them: all hosts at one time, then all at the next. */
function batches(rows: number, batchRows: number): WriteChange[] {
  const changes: WriteChange[] = [];
  for (let row = 0; row < rows; row += batchRows) {
    const columns = FIELDS.map((name): BatchColumn => {
      const numbers = Float64Array.from({ length: batchRows }, () => Math.floor(random() * 101));
      return { name: `usage_${name}`, type: 'integer', numbers, wide: null, strings: null, valid: null };
    });
    const seriesIds = Int32Array.from({ length: batchRows }, (_, i) => (row + i) % HOSTS);
    const times = Float64Array.from({ length: batchRows }, (_, i) => Math.floor((row + i) / HOSTS) * STEP_NS);
    const table = { measurement: 'cpu', rowCount: batchRows, seriesIds, baseNs: 1451606400000000000n, times, columns };
    changes.push({ op: 'write', bucketId: BUCKET, tables: [table] });
  }
  return changes;
}

function report(what: string, rows: number, elapsedMs: number, more = ''): void {
  const perRow = ((elapsedMs * 1e6) / rows).toFixed(1);
  const perSecond = (rows / elapsedMs / 1000).toFixed(2);
  console.log(`${what.padEnd(44)} ${perRow.padStart(8)} ns/row ${perSecond.padStart(7)} M rows/s  ${more}`);
}

/** Median time of `rounds` runs. */
function median(rounds: number, run: () => void): number {
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return times.toSorted((a, b) => a - b)[rounds >> 1];
}

function benchCodec(changes: readonly WriteChange[], rows: number, batchRows: number): void {
  const tables = hosts();
  const encoder = new FrameEncoder(() => tables);
  const buffer = new FrameBuffer(1 << 20, 1 << 30);
  encoder.begin(1);
  let bytes = 0;
  const encode = (): void => {
    bytes = 0;
    for (const [i, change] of changes.entries()) {
      buffer.clear();
      encoder.encode(buffer, change, i + 1, 0);
      bytes += buffer.length;
    }
  };
  encode();
  report(`encode, batches of ${batchRows}`, rows, median(7, encode), `${(bytes / rows).toFixed(1)} bytes/row`);
  encoder.begin(1);
  buffer.clear();
  for (const [i, change] of changes.entries()) encoder.encode(buffer, change, i + 1, 0);
  const own = new SeriesTable();
  const decode = (): void => {
    const decoder = new FrameDecoder(() => own);
    for (let at = 0; at < buffer.length; at += frameBytes(buffer.views, at)) decoder.decode(buffer.views, at);
  };
  report(`decode, batches of ${batchRows}`, rows, median(7, decode));
}

async function appendAll(log: Log, changes: readonly WriteChange[], writers: number): Promise<number> {
  const start = performance.now();
  let next = 0;
  const writer = async (): Promise<void> => {
    while (next < changes.length) await log.append(changes[next++]);
  };
  await Promise.all(Array.from({ length: writers }, writer));
  return performance.now() - start;
}

async function benchDirectory(parent: string, changes: readonly WriteChange[], rows: number): Promise<void> {
  const batchRows = changes[0].tables[0].rowCount;
  for (const writers of [1, 8]) {
    const dir = await mkdtemp(join(parent, 'weir-bench-log-'));
    try {
      const table = hosts();
      const log = await openDirectoryLog({ dir, tables: () => table });
      const elapsedMs = await appendAll(log, changes, writers);
      report(`append + fsync, batches of ${batchRows}, ${writers} writers`, rows, elapsedMs);
      await log.close();
      if (writers === 8) await benchReplay(dir, rows);
    } finally {
      await rm(dir, { recursive: true });
    }
  }
}

async function benchReplay(dir: string, rows: number): Promise<void> {
  const batchMs: number[] = [];
  const openMs: number[] = [];
  for (let round = 0; round < 5; round++) {
    const table = new SeriesTable();
    const start = performance.now();
    const log = await openDirectoryLog({ dir, tables: () => table });
    const opened = performance.now();
    let found = 0;
    for await (const { change } of log.read(0)) if (change.op === 'write') found += change.tables[0].rowCount;
    batchMs.push(performance.now() - opened);
    openMs.push(opened - start);
    await log.close();
    if (found !== rows) throw new Error(`read ${found} rows of ${rows}`);
  }
  report('open (checks every frame), file cached', rows, openMs.toSorted((a, b) => a - b)[2]);
  report('replay (read and decode), file cached', rows, batchMs.toSorted((a, b) => a - b)[2]);
}

const rows = Number(process.argv[2] ?? 1_000_000);
const parent = process.argv[3] ?? tmpdir();
const large = batches(rows, 10_000);
benchCodec(large, rows, 10_000);
const small = batches(20_000, 10);
benchCodec(small, 20_000, 10);
const single = batches(5_000, 1);
benchCodec(single, 5_000, 1);
await benchDirectory(parent, large, rows);
await benchDirectory(parent, small, 20_000);
