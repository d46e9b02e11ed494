// A catalog, a view and what backups and restores need of them, in a directory; points are plain lines.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Catalog, bucketsOf, openCatalog } from '../../catalog/index.ts';
import { encodeLineProtocol, parseLineProtocol } from '../../line-protocol/index.ts';
import { openDirectoryLog } from '../../log/index.ts';
import { ALL_TIME, type Bucket } from '../../model/index.ts';
import { type Files, openDirectoryStore } from '../../store/index.ts';
import { type ViewDoor, openTableReader, openView } from '../../view/index.ts';
import { Backups } from '../backups.ts';
import { batchOfChunks } from '../chunk-batch.ts';
import { Restores } from '../restores.ts';

export interface TestNode {
  readonly catalog: Catalog;
  readonly view: ViewDoor;
  readonly backups: Backups;
  readonly restores: Restores;
  write(database: string, lines: string, policy?: string): Promise<void>;
  /** Every point of a policy as line protocol, sorted. */
  show(database: string, policy?: string): readonly string[];
  close(): Promise<void>;
}

export interface Stage {
  tempDir(): Promise<string>;
  /** Closed with the test at the latest. */
  open(dir: string, options?: { readonly files?: Files; readonly idleMs?: number }): Promise<TestNode>;
}

export function setStage(t: TestContext): Stage {
  const dirs: string[] = [];
  const nodes: TestNode[] = [];
  t.after(async () => {
    for (const node of nodes) await node.close();
    for (const dir of dirs) await rm(dir, { recursive: true, force: true });
  });
  return {
    async tempDir() {
      const dir = await mkdtemp(join(tmpdir(), 'weir-backup-'));
      dirs.push(dir);
      return dir;
    },
    async open(dir, options) {
      const node = await openNode(dir, options);
      nodes.push(node);
      return node;
    },
  };
}

async function openNode(dir: string, options: Parameters<Stage['open']>[1]): Promise<TestNode> {
  const storeDir = join(dir, 'store');
  const store = await openDirectoryStore({ dir: storeDir, sweep: true, files: options?.files });
  const catalog = await openCatalog({ store, passwordCost: 4 });
  const pending = new Map<string, Bucket>();
  const view = await openView({
    store,
    storeLocation: { kind: 'directory', dir: storeDir },
    openLog: (tables) => openDirectoryLog({ dir: join(dir, 'log'), tables, durability: 'os' }),
    buckets: () => [...catalog.databases().flatMap(bucketsOf), ...pending.values()],
    retryMs: 10,
  });
  const idleMs = options?.idleMs;
  const backups = new Backups({ catalog, view, version: 'test', idleMs });
  const restores = new Restores({ catalog, view, store, pending, idleMs });
  let closing: Promise<void> | undefined;
  return {
    catalog,
    view,
    backups,
    restores,
    async write(database, lines, policy) {
      const { bucket } = catalog.policy(database, policy);
      const series = view.seriesTable(bucket.id);
      const parsed = parseLineProtocol(Buffer.from(lines), {
        series,
        precision: 'ns',
        defaultTimeNs: 0n,
        unsigned: true,
      });
      const { dropped } = await view.write(bucket, parsed.batch);
      if (parsed.errorCount + dropped.length > 0) throw new Error(`not written: ${lines}`);
    },
    show: (database, policy) => linesOf(view, catalog.policy(database, policy).bucket.id),
    close: () => (closing ??= closeAll([backups.stop(), restores.stop()], [view, catalog, store])),
  };
}

async function closeAll(first: readonly Promise<void>[], parts: readonly { close(): Promise<void> }[]): Promise<void> {
  await Promise.all(first);
  for (const part of parts) await part.close();
}

function linesOf(view: ViewDoor, bucketId: string): readonly string[] {
  const snapshot = view.snapshot(bucketId);
  const series = view.seriesTable(bucketId);
  const lines: string[] = [];
  for (const measurement of snapshot.measurements()) {
    const ids = snapshot.series(measurement);
    for (const table of snapshot.tables(measurement, ALL_TIME)) {
      const reader = openTableReader(table);
      const fields = new Map([...table.fields].sort(([a], [b]) => (a < b ? -1 : 1)));
      for (const seriesId of ids) {
        const rows = reader.read(seriesId, [...fields.keys()], ALL_TIME).map((chunk) => ({ seriesId, chunk }));
        if (rows.length === 0) continue;
        const text = Buffer.from(encodeLineProtocol(batchOfChunks(measurement, fields, rows), series)).toString();
        lines.push(...text.trimEnd().split('\n'));
      }
      reader.close();
    }
  }
  snapshot.release();
  return lines.sort();
}
