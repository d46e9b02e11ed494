// What the rooms behind HTTP count and hold, under InfluxDB's names where it has them.
import { join } from 'node:path';
import type { Statistic } from '../../base/index.ts';
import type { Catalog, ShardIds } from '../../catalog/index.ts';
import type { RunningQueries } from '../../influxql/index.ts';
import type { BucketFigures, ShardFigures, ViewDoor, ViewStatus } from '../../view/index.ts';

export interface CountedRooms {
  readonly queries: RunningQueries;
  readonly catalog: Catalog;
  readonly shards: ShardIds;
  readonly view: ViewDoor;
  /** Where blocks and the log lie. */
  readonly storeDir: string;
  readonly logDir: string;
}

export function roomStatistics(rooms: CountedRooms): readonly Statistic[] {
  const status = rooms.view.status();
  return [queryExecutor(rooms.queries), ...databases(rooms), write(status), view(status)];
}

function queryExecutor({ active, totals }: RunningQueries): Statistic {
  const { executed, finished, durationMs } = totals;
  const values = {
    queriesActive: active,
    queriesExecuted: executed,
    queriesFinished: finished,
    queryDurationNs: Math.round(durationMs * 1e6),
  };
  return { name: 'queryExecutor', tags: {}, values };
}

/** A series that several policies of a database hold counts once in each. */
function databases({ catalog, shards, view, storeDir, logDir }: CountedRooms): readonly Statistic[] {
  const figures = new Map(view.figures().map((bucket) => [bucket.bucketId, bucket]));
  const ids = new Map(shards.known().map(({ id, bucketId, range }) => [`${bucketId} ${range.startNs}`, id]));
  return catalog.databases().flatMap((database) => {
    const held = database.policies.flatMap(({ name, bucket }) => {
      const own = figures.get(bucket.id);
      return own === undefined ? [] : [{ policy: name, own }];
    });
    const ofShards = held.flatMap(({ policy, own }) =>
      own.shards.flatMap((shard) => {
        const id = ids.get(`${own.bucketId} ${shard.range.startNs}`);
        if (id === undefined) return [];
        const tags = {
          database: database.name,
          engine: 'weir',
          id: `${id}`,
          path: join(storeDir, shard.blockPrefix),
          retentionPolicy: policy,
          walPath: logDir,
        };
        return shardStatistics(tags, shard);
      }),
    );
    return [databaseStatistic(database.name, held), ...ofShards];
  });
}

function databaseStatistic(database: string, held: readonly { readonly own: BucketFigures }[]): Statistic {
  const sum = (pick: (own: BucketFigures) => number): number => held.reduce((total, { own }) => total + pick(own), 0);
  const numMeasurements = sum((own) => own.measurementCount);
  return {
    name: 'database',
    tags: { database },
    values: { numMeasurements, numSeries: sum((own) => own.seriesCount) },
  };
}

/** Blocks are what InfluxDB's files are, memtables its cache. */
function shardStatistics(tags: Readonly<Record<string, string>>, shard: ShardFigures): readonly Statistic[] {
  const { blockBytes, blockCount, fieldCount, seriesCount, memtableBytes, writes, failedWrites, points } = shard;
  const values = {
    diskBytes: blockBytes,
    fieldsCreate: fieldCount,
    seriesCreate: seriesCount,
    writePointsOk: points,
    writeReq: writes,
    writeReqErr: failedWrites,
    writeReqOk: writes - failedWrites,
  };
  return [
    { name: 'shard', tags, values },
    { name: 'tsm1_cache', tags, values: { memBytes: memtableBytes } },
    { name: 'tsm1_filestore', tags, values: { diskBytes: blockBytes, numFiles: blockCount } },
  ];
}

function write({ written }: ViewStatus): Statistic {
  const { writes, failed, points, droppedPoints } = written;
  const values = {
    pointReq: points + droppedPoints,
    pointReqLocal: points,
    req: writes,
    writeDrop: droppedPoints,
    writeError: failed,
    writeOk: writes - failed,
  };
  return { name: 'write', tags: {}, values };
}

function view(status: ViewStatus): Statistic {
  const values = {
    blocks: status.blocks,
    diskBytes: status.blockBytes,
    indexBytes: status.indexBytes,
    lastSeq: status.lastSeq,
    logBytes: status.logBytes,
    memBytes: status.memtableBytes,
    memtableRows: status.memtableRows,
    numSeries: status.seriesCount,
  };
  return { name: 'weir_view', tags: {}, values };
}
