// Where an InfluxDB 1.x server keeps what.
//
//     DIR/meta/meta.db                                     what exists
//     DIR/data/DATABASE/POLICY/SHARD/000000001-000000001.tsm     and .tombstone beside it
//     DIR/wal/DATABASE/POLICY/SHARD/_00001.wal                   what is not in TSM files yet
//
// Indexes (`_series`, `index`, `fields.idx`) are not needed: TSM and WAL files name their series and types themselves.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { compareStrings } from '../../base/index.ts';

/** Stands among the policies of a database. */
const SERIES_FILE = '_series';

export interface InfluxDirectories {
  readonly meta: string;
  readonly data: string;
  readonly wal: string;
}

export interface StoredFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/** The files of one shard, each kind in the order in which influxd wrote them. */
export interface ShardFiles {
  readonly tsm: readonly StoredFile[];
  readonly wal: readonly StoredFile[];
  /** Files that influxd has set aside as damaged, or was about to write when it stopped. */
  readonly ignored: readonly string[];
}

export interface ShardPlace {
  readonly database: string;
  readonly policy: string;
  readonly id: string;
}

export function metaPath(directories: InfluxDirectories): string {
  return join(directories.meta, 'meta.db');
}

export async function listShard(directories: InfluxDirectories, place: ShardPlace): Promise<ShardFiles> {
  const { database, policy, id } = place;
  return listFilesOf(join(directories.data, database, policy, id), join(directories.wal, database, policy, id));
}

/** Of a shard whose directories are known. */
export async function listFilesOf(dataDir: string, walDir: string): Promise<ShardFiles> {
  const data = await listFiles(dataDir);
  const wal = await listFiles(walDir);
  return {
    tsm: data.filter(({ path }) => path.endsWith('.tsm')),
    wal: wal.filter(({ path }) => path.endsWith('.wal')),
    ignored: [...data, ...wal].map(({ path }) => path).filter((path) => /\.(?:bad|tmp)$/.test(path)),
  };
}

/** Every shard that has a directory of data. */
export async function listShardPlaces(directories: InfluxDirectories): Promise<ShardPlace[]> {
  const places: ShardPlace[] = [];
  for (const database of await listDirectories(directories.data)) {
    for (const policy of await listDirectories(join(directories.data, database))) {
      if (policy === SERIES_FILE) continue;
      const shards = await listDirectories(join(directories.data, database, policy));
      places.push(...shards.filter((id) => /^\d+$/.test(id)).map((id) => ({ database, policy, id })));
    }
  }
  return places;
}

/** Ascending by name, which for TSM and WAL files is the order of writing. What is not there has no files. */
async function listFiles(dir: string): Promise<StoredFile[]> {
  const names = (await entriesOf(dir)).filter((entry) => entry.isFile()).map(({ name }) => name);
  const paths = names.toSorted(compareStrings).map((name) => join(dir, name));
  return Promise.all(paths.map(async (path) => ({ path, sizeBytes: (await stat(path)).size })));
}

async function listDirectories(dir: string): Promise<string[]> {
  return (await entriesOf(dir)).filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function entriesOf(dir: string): Promise<{ name: string; isFile(): boolean; isDirectory(): boolean }[]> {
  try {
    return await readdir(dir, { withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
