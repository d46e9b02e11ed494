// What an import will read: the shards of `meta.db` that were asked for and have files, and why others are left out.
import { WeirError } from '../../base/index.ts';
import { type TimeRange, intersectRange } from '../../model/index.ts';
import { type InfluxDirectories, type ShardFiles, listShard, listShardPlaces } from './directory.ts';
import type { InfluxDatabase, InfluxMeta, InfluxPolicy, InfluxShard } from './meta/meta-file.ts';

/** InfluxDB's figures about itself: nobody misses them after a move. */
const INTERNAL = '_internal';

export interface ImportSelection {
  /** undefined = all but `_internal`. */
  readonly database?: string | undefined;
  /** undefined = all. */
  readonly policy?: string | undefined;
  readonly range: TimeRange;
}

export interface ShardTask {
  readonly database: string;
  readonly policy: string;
  readonly id: string;
  readonly files: ShardFiles;
  readonly sizeBytes: number;
}

export interface ImportPlan {
  /** What of `meta.db` was asked for. */
  readonly meta: InfluxMeta;
  readonly shards: readonly ShardTask[];
  readonly sizeBytes: number;
  /** What is left out, and why: a sentence each. */
  readonly remarks: readonly string[];
}

/** Rejects with `not found` when there is nothing of the name that was asked for. */
export async function planImport(
  directories: InfluxDirectories,
  meta: InfluxMeta,
  selection: ImportSelection,
  nowNs: bigint,
): Promise<ImportPlan> {
  const selected = selectMeta(meta, selection);
  const shards: ShardTask[] = [];
  const remarks: string[] = [];
  for (const database of selected.databases) {
    for (const policy of database.policies) {
      const live = policy.shards.filter((shard) => !isExpired(policy, shard, nowNs));
      const expired = policy.shards.length - live.length;
      const path = `${database.name}.${policy.name}`;
      if (expired > 0) remarks.push(`${path}: ${expired} shards are past their retention and are left out`);
      for (const shard of live) {
        if (intersectRange(shard.range, selection.range) === undefined) continue;
        const files = await listShard(directories, { database: database.name, policy: policy.name, id: shard.id });
        for (const ignored of files.ignored) remarks.push(`${ignored} is left out, as influxd does`);
        const sizeBytes = [...files.tsm, ...files.wal].reduce((sum, file) => sum + file.sizeBytes, 0);
        if (sizeBytes > 0)
          shards.push({ database: database.name, policy: policy.name, id: shard.id, files, sizeBytes });
      }
    }
  }
  remarks.push(...(await strangers(directories, meta, selected)));
  return { meta: selected, shards, sizeBytes: shards.reduce((sum, shard) => sum + shard.sizeBytes, 0), remarks };
}

function selectMeta(meta: InfluxMeta, { database, policy }: ImportSelection): InfluxMeta {
  const wanted = meta.databases.filter(({ name }) => (database === undefined ? name !== INTERNAL : name === database));
  if (database !== undefined && wanted.length === 0) {
    throw new WeirError('not found', `InfluxDB has no database ${database}`);
  }
  if (policy === undefined) return { ...meta, databases: wanted };
  const databases = wanted.map((each) => onlyPolicy(each, policy)).filter((each) => each.policies.length > 0);
  if (databases.length === 0) throw new WeirError('not found', `InfluxDB has no retention policy ${policy}`);
  return { ...meta, databases };
}

/** The policy is the default then, unless InfluxDB has none. */
function onlyPolicy(database: InfluxDatabase, name: string): InfluxDatabase {
  const hasDefault = database.policies.some((policy) => policy.name === database.defaultPolicy);
  const policies = database.policies.filter((policy) => policy.name === name);
  return { ...database, policies, defaultPolicy: hasDefault ? name : database.defaultPolicy };
}

/** As influxd drops them. */
function isExpired(policy: InfluxPolicy, { range }: InfluxShard, nowNs: bigint): boolean {
  return policy.durationNs > 0n && range.endNs + policy.durationNs < nowNs;
}

/** Directories of shards that `meta.db` does not know, in what is imported: influxd does not answer from them either. */
async function strangers(directories: InfluxDirectories, meta: InfluxMeta, selected: InfluxMeta): Promise<string[]> {
  const known = new Set(
    meta.databases.flatMap(({ name, policies }) =>
      policies.flatMap((policy) => policy.shards.map(({ id }) => `${name}/${policy.name}/${id}`)),
    ),
  );
  const wanted = new Set(selected.databases.map(({ name }) => name));
  const places = await listShardPlaces(directories);
  return places
    .filter(({ database }) => wanted.has(database) || !meta.databases.some(({ name }) => name === database))
    .map(({ database, policy, id }) => `${database}/${policy}/${id}`)
    .filter((path) => !known.has(path))
    .map((path) => `shard ${path} is in no database of meta.db and is left out`);
}
