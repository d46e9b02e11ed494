// A catalog and a view in a directory of their own, and what they hold.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Catalog, bucketsOf, openCatalog } from '../../../catalog/index.ts';
import { openDirectoryLog } from '../../../log/index.ts';
import { ALL_TIME, type ChunkColumn, chunkTime } from '../../../model/index.ts';
import { openDirectoryStore } from '../../../store/index.ts';
import { type ViewDoor, openTableReader, openView } from '../../../view/index.ts';

export interface Node {
  readonly catalog: Catalog;
  readonly view: ViewDoor;
  /** One line a point, `SERIES FIELD=VALUE … TIME`, sorted. */
  points(database: string, policy: string): string[];
  close(): Promise<void>;
}

export async function openNode(): Promise<Node> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-migrate-'));
  const storeDir = join(dir, 'store');
  const store = await openDirectoryStore({ dir: storeDir, sweep: true });
  const catalog = await openCatalog({ store, passwordCost: 4 });
  const view = await openView({
    store,
    storeLocation: { kind: 'directory', dir: storeDir },
    openLog: (tables) => openDirectoryLog({ dir: join(dir, 'log'), tables, durability: 'os' }),
    buckets: () => catalog.databases().flatMap(bucketsOf),
  });
  return {
    catalog,
    view,
    points: (database, policy) => pointsOf(view, catalog.policy(database, policy).bucket.id),
    async close() {
      await view.close();
      await catalog.close();
      await store.close();
      await rm(dir, { recursive: true });
    },
  };
}

function pointsOf(view: ViewDoor, bucketId: string): string[] {
  const snapshot = view.snapshot(bucketId);
  const points: string[] = [];
  for (const measurement of snapshot.measurements()) {
    const fields = [...snapshot.fields(measurement).keys()].toSorted();
    for (const table of snapshot.tables(measurement, ALL_TIME)) {
      const reader = openTableReader(table);
      for (const id of snapshot.series(measurement)) {
        for (const chunk of reader.read(id, fields, ALL_TIME)) {
          for (let row = 0; row < chunk.rowCount; row++) {
            const values = fields.flatMap((name, index) => valueText(name, chunk.columns[index], row));
            points.push(`${snapshot.seriesKey(id)} ${values.join(' ')} ${chunkTime(chunk, row)}`);
          }
        }
      }
      reader.close();
    }
  }
  snapshot.release();
  return points.toSorted();
}

function valueText(name: string, column: ChunkColumn | null, row: number): string[] {
  if (column === null || (column.valid !== null && column.valid[row] === 0)) return [];
  const { type, values } = column;
  return [`${name}=${type === 'boolean' ? values[row] === 1 : values[row]}${type === 'integer' ? 'i' : ''}`];
}
