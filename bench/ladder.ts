// What ladders cost the thread that writes: `node bench/ladder.ts`. Batches are handed to them as the view does, on a clock
// that this program turns, so that only hearing, closing and writing windows are measured.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type LadderNode,
  type LadderSetup,
  bucket,
  ladderOf,
  openNode,
} from '../src/ladder/test-support/ladder-node.ts';
import { HOUR, MINUTE, type MeasurementBatch, SECOND } from '../src/model/index.ts';

const STEPS = [10n * SECOND, 2n * MINUTE, HOUR];
/** Three tiers of them: 60 000 windows end with an hour. */
const LIVE_SERIES = 20_000;
const LIVE_SECONDS = 150;
const BULK_SERIES = 4000;
const BULK_FIELDS = 10;
const BULK_BATCHES = 200;
const BULK_ROWS = 10_000;

interface Bench {
  readonly node: LadderNode;
  readonly setup: LadderSetup;
}

async function withNode(seriesCount: number, startNs: bigint, run: (bench: Bench) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-bench-ladder-'));
  const base = bucket(1);
  const setup: LadderSetup = { dir, base, ladder: ladderOf(STEPS, base), nowNs: startNs, saved: undefined };
  const node = await openNode(setup);
  try {
    const lines = Array.from({ length: seriesCount }, (_, id) => `m,host=host_${id} v0=0 ${startNs / SECOND}`);
    await node.write(lines.join('\n'));
    await run({ node, setup });
  } finally {
    await node.close();
    await rm(dir, { recursive: true, force: true });
  }
}

/** Rows `from` on of a stream in which every series has a row each second. */
function batchOf(
  seriesCount: number,
  fieldCount: number,
  startNs: bigint,
  from: number,
  count: number,
): MeasurementBatch {
  const times = Float64Array.from({ length: count }, (_, row) => Math.floor((from + row) / seriesCount) * 1e9);
  return {
    measurement: 'm',
    rowCount: count,
    seriesIds: Int32Array.from({ length: count }, (_, row) => (from + row) % seriesCount),
    baseNs: startNs,
    times,
    columns: Array.from({ length: fieldCount }, (_, field) => ({
      name: `v${field}`,
      type: 'float' as const,
      numbers: Float64Array.from({ length: count }, (_, row) => ((from + row) * 7919 + field) % 1009),
      wide: null,
      strings: null,
      valid: null,
    })),
  };
}

function hear({ node, setup }: Bench, batch: MeasurementBatch): number {
  const beganMs = performance.now();
  node.ladders.hear({ seq: 1, replayed: false, change: { op: 'write', bucketId: setup.base.id, tables: [batch] } });
  return performance.now() - beganMs;
}

/** Every series once a second, across the end of an hour. */
async function live(): Promise<void> {
  const startNs = 1000n * HOUR - 100n * SECOND;
  await withNode(LIVE_SERIES, startNs, async (bench) => {
    const loop = monitorEventLoopDelay({ resolution: 1 });
    const heardMs: number[] = [];
    loop.enable();
    for (let second = 1; second <= LIVE_SECONDS; second++) {
      const batch = batchOf(LIVE_SERIES, 1, startNs, second * LIVE_SERIES, LIVE_SERIES);
      bench.setup.nowNs = startNs + BigInt(second) * SECOND;
      await sleep(0);
      heardMs.push(hear(bench, batch));
      // As long as closing takes, at least; a second is 50 ms here.
      await sleep(50);
      if (second === 98) {
        report('longest stall before the hour, ms', loop.max / 1e6);
        loop.reset();
      }
    }
    loop.disable();
    const total = heardMs.reduce((sum, ms) => sum + ms, 0);
    report('live: heard, rows a second', (LIVE_SECONDS * LIVE_SERIES * 1000) / total);
    report('live: a batch of all series, ms at most', Math.max(...heardMs));
    report('longest stall over the end of the hour, ms', loop.max / 1e6);
  });
}

async function bulk(): Promise<void> {
  const startNs = 1000n * HOUR;
  await withNode(BULK_SERIES, startNs, async (bench) => {
    let totalMs = 0;
    for (let index = 0; index < BULK_BATCHES; index++) {
      const from = index * BULK_ROWS;
      const batch = batchOf(BULK_SERIES, BULK_FIELDS, startNs, from, BULK_ROWS);
      bench.setup.nowNs = startNs + BigInt(Math.floor((from + BULK_ROWS) / BULK_SERIES)) * SECOND;
      totalMs += hear(bench, batch);
      await sleep(5);
    }
    const rows = BULK_BATCHES * BULK_ROWS;
    report('bulk: heard, rows of ten fields a second', (rows * 1000) / totalMs);
    report('bulk: values a second', (rows * BULK_FIELDS * 1000) / totalMs);
  });
}

function report(what: string, value: number): void {
  process.stdout.write(`${what.padEnd(50)} ${value.toLocaleString('en', { maximumFractionDigits: 1 })}\n`);
}

await live();
await bulk();
