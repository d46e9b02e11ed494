// A directory of InfluxDB's, made by hand.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InfluxDirectories } from '../directory.ts';
import type { InfluxMeta, InfluxPolicy } from '../meta/meta-file.ts';
import { encodeMeta } from './encode-meta.ts';
import { tsmName } from './random-shard.ts';

export interface InfluxDir {
  readonly directories: InfluxDirectories;
  /** Writes the next TSM file of `DATABASE/POLICY/SHARD`. Returns its path. */
  tsm(shard: string, bytes: Uint8Array): Promise<string>;
  /** The same for a segment of the WAL. */
  wal(shard: string, bytes: Uint8Array): Promise<string>;
  meta(meta: InfluxMeta): Promise<void>;
  remove(): Promise<void>;
}

export async function makeInfluxDir(): Promise<InfluxDir> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-influx-'));
  const counts = new Map<string, number>();
  const write = async (kind: 'data' | 'wal', shard: string, bytes: Uint8Array): Promise<string> => {
    const number = (counts.get(`${kind} ${shard}`) ?? 0) + 1;
    counts.set(`${kind} ${shard}`, number);
    await mkdir(join(dir, kind, shard), { recursive: true });
    const name = kind === 'data' ? tsmName(number) : `_${String(number).padStart(5, '0')}.wal`;
    await writeFile(join(dir, kind, shard, name), bytes);
    return join(dir, kind, shard, name);
  };
  await mkdir(join(dir, 'meta'));
  return {
    directories: { meta: join(dir, 'meta'), data: join(dir, 'data'), wal: join(dir, 'wal') },
    tsm: (shard, bytes) => write('data', shard, bytes),
    wal: (shard, bytes) => write('wal', shard, bytes),
    meta: (meta) => writeFile(join(dir, 'meta', 'meta.db'), encodeMeta(meta)),
    remove: () => rm(dir, { recursive: true }),
  };
}

const WEEK_NS = 604_800_000_000_000n;

/** A policy for ever with one shard for all times. */
export function policyOf(name: string, shards: readonly string[], changes: Partial<InfluxPolicy> = {}): InfluxPolicy {
  const range = { startNs: -(2n ** 62n), endNs: 2n ** 62n };
  return {
    name,
    durationNs: 0n,
    shardDurationNs: WEEK_NS,
    replicaN: 1,
    shards: shards.map((id) => ({ id, range })),
    subscriptions: [],
    ...changes,
  };
}
