// Test support: a view with a ladder at work, on a directory, under a clock that stands still until it is told.
import { join } from 'node:path';
import { openDirectoryLog } from '../../log/index.ts';
import {
  ALL_TIME,
  type Bucket,
  DAY,
  type Ladder,
  type LadderRule,
  type MeasurementBatch,
  type PointBatch,
  SECOND,
  type SeriesTable,
  chunkTime,
} from '../../model/index.ts';
import { parseLineProtocol } from '../../line-protocol/index.ts';
import { openDirectoryStore } from '../../store/index.ts';
import { type Snapshot, type ViewDoor, openTableReader, openView } from '../../view/index.ts';
import { Ladders, type SavedLadders } from '../ladders.ts';

export interface LadderNode {
  readonly view: ViewDoor;
  readonly ladders: Ladders;
  /** Writes line protocol, times in seconds, to the base. */
  write(lines: string): Promise<void>;
  /** Without a checkpoint: as a kill would leave it, but for the log's last frame. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

export interface LadderSetup {
  readonly dir: string;
  readonly base: Bucket;
  ladder: Ladder;
  nowNs: bigint;
  saved: SavedLadders | undefined;
}

export const bucket = (id: number, durationNs = 0n, seriesOf?: string): Bucket => ({
  id: id.toString(16).padStart(16, '0'),
  durationNs,
  shardDurationNs: DAY,
  seriesOf,
});

export function ladderOf(steps: readonly bigint[], base: Bucket, rule: Partial<LadderRule> = {}): Ladder {
  const tiers = steps.map((stepNs, at) => ({
    policy: `tier${at}`,
    stepNs,
    timeZone: null,
    bucket: bucket(0x100 + at, 0n, base.id),
  }));
  const whole: LadderRule = {
    measurements: { kind: 'all' },
    baseStepNs: SECOND,
    tiers,
    states: [],
    gapShare: 0,
    ...rule,
  };
  return { name: 'ladder', base: 'raw', rules: [whole], latenessNs: 0n };
}

export async function openNode(setup: LadderSetup): Promise<LadderNode> {
  const { dir, base } = setup;
  const storeDir = join(dir, 'store');
  const store = await openDirectoryStore({ dir: storeDir, sweep: true });
  const clock = { nowNs: () => setup.nowNs };
  let dead = false;
  const ladders = new Ladders({
    clock,
    ladders: () => [{ database: 'db', ladder: setup.ladder, base }],
    saved: setup.saved,
    save: async (state) => {
      if (!dead) setup.saved = JSON.parse(JSON.stringify(state)) as SavedLadders;
    },
    onEvent: (event) => {
      if (event.kind === 'failed') throw new Error(`${event.what}: ${event.message}`);
    },
    repairShare: 1,
  });
  const view = await openView({
    store,
    storeLocation: { kind: 'directory', dir: storeDir },
    openLog: (tables) => openDirectoryLog({ dir: join(dir, 'log'), tables, durability: 'os', segmentSizeBytes: 65536 }),
    buckets: () => [
      base,
      ...(setup.ladder.lateBucket === undefined ? [] : [setup.ladder.lateBucket]),
      ...setup.ladder.rules.flatMap((rule) => rule.tiers.map((tier) => tier.bucket)),
    ],
    clock,
    onChange: (change) => ladders.hear(change),
    heldAfter: () => ladders.heldAfter(),
    mayExpire: (bucketId, shard) => ladders.mayExpire(bucketId, shard),
  });
  ladders.attach(view);
  const close = async (): Promise<void> => {
    await ladders.close();
    await view.close();
    await store.close();
  };
  return {
    view,
    ladders,
    async write(lines) {
      const batch = parse(lines, view.seriesTable(base.id));
      const { dropped } = await view.write(base, batch);
      if (dropped.length > 0) throw new Error(dropped[0].reason);
    },
    close,
    async kill() {
      dead = true;
      await close();
    },
  };
}

function parse(lines: string, series: SeriesTable): PointBatch {
  const parsed = parseLineProtocol(Buffer.from(lines), {
    series,
    precision: 's',
    defaultTimeNs: 0n,
    unsigned: true,
  });
  if (parsed.errorCount > 0) throw new Error(parsed.errors[0].text);
  return parsed.batch;
}

export type Value = number | bigint | string | boolean;

/** `key time` -> column -> value, times in seconds. */
export function rowsOf(view: ViewDoor, bucketId: string): Map<string, Record<string, Value>> {
  return rowsOfSnapshot(view.snapshot(bucketId));
}

/** Releases it. */
export function rowsOfSnapshot(snapshot: Snapshot): Map<string, Record<string, Value>> {
  const rows = new Map<string, Record<string, Value>>();
  for (const measurement of snapshot.measurements()) {
    const ids = snapshot.series(measurement);
    for (const table of snapshot.tables(measurement, ALL_TIME)) {
      const fields = [...table.fields.keys()];
      const reader = openTableReader(table);
      for (const id of ids) {
        for (const chunk of reader.read(id, fields, ALL_TIME)) {
          for (let row = 0; row < chunk.rowCount; row++) {
            const values: Record<string, Value> = {};
            for (const [index, column] of chunk.columns.entries()) {
              if (column === null || (column.valid !== null && column.valid[row] === 0)) continue;
              const value = column.values[row];
              values[fields[index]] =
                column.type === 'boolean' ? value === 1 : column.type === 'integer' ? BigInt(value) : value;
            }
            rows.set(`${snapshot.seriesKey(id)} ${chunkTime(chunk, row) / SECOND}`, values);
          }
        }
      }
      reader.close();
    }
  }
  snapshot.release();
  return rows;
}

export type { MeasurementBatch };
