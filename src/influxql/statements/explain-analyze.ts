// EXPLAIN ANALYZE: runs the query to its end, throws its rows away, and tells what it read and how long that took. INTO writes
// nothing.
//
//     .
//     └── select
//         ├── execution_time: 1.2ms                 planning: checks, wildcards, snapshots; then reading and computing
//         ├── planning_time: 310µs
//         ├── total_time: 1.5ms
//         ├── series: 2                             of the answer
//         ├── rows: 2
//         └── build_cursor
//             ├── labels
//             │   └── statement: SELECT mean(v) FROM cpu GROUP BY host
//             └── iterator_scanner                  one for each measurement and what is read of it
//                 ├── labels …
//                 ├── series: 2 …
//                 └── create_iterator …             VERBOSE: one for each shard
import { formatGoDuration } from '../../model/index.ts';
import { printStatement } from '../language/print-statement.ts';
import type { ExplainStatement } from '../language/statement.ts';
import type { QueryContext } from '../result.ts';
import { executeSelect } from '../select/index.ts';
import {
  type ReadFigures,
  type RecordedRead,
  type RecordedShard,
  RecordingExecutor,
  totalOf,
} from './recording-executor.ts';
import { settleShards } from './shards.ts';

interface Node {
  readonly text: string;
  readonly children: readonly Node[];
}

/** The number of a shard. */
type ShardNames = (shard: RecordedShard) => string;

/** The lines of the tree. */
export async function analyzeSelect(statement: ExplainStatement, context: QueryContext): Promise<readonly string[]> {
  const select = { ...statement.statement, target: null };
  const executor = new RecordingExecutor(context.executor);
  const startMs = performance.now();
  const { batches } = await executeSelect(select, { ...context, executor });
  const plannedMs = performance.now();
  const series = new Set<object>();
  let rows = 0;
  for await (const batch of batches) {
    series.add(batch.series);
    rows += batch.rowCount;
  }
  const endMs = performance.now();
  const names = statement.verbose ? await shardNames(context) : null;
  const cursor = [
    node('labels', leaf('statement', printStatement(select))),
    ...executor.reads.map((read) => readNode(read, names)),
  ];
  const root = node(
    'select',
    leaf('execution_time', duration(endMs - plannedMs)),
    leaf('planning_time', duration(plannedMs - startMs)),
    leaf('total_time', duration(endMs - startMs)),
    leaf('series', series.size),
    leaf('rows', rows),
    node('build_cursor', ...cursor),
  );
  return ['.', ...treeLines([root], '')];
}

function readNode(read: RecordedRead, names: ShardNames | null): Node {
  const { kind, measurement, columns, requests, durationMs, seriesIds, shards } = read;
  const label = kind === 'aggregate' ? 'expr' : 'auxiliary_fields';
  const ofShards = [...shards.values()].toSorted((a, b) => (a.startNs < b.startNs ? -1 : 1));
  return node(
    'iterator_scanner',
    node('labels', leaf(label, columns.join(', ')), leaf('measurement', measurement)),
    leaf('requests', requests),
    leaf('series', seriesIds.size),
    leaf('shards', shards.size),
    ...figures(totalOf(shards.values())),
    leaf('execution_time', duration(durationMs)),
    ...(names === null ? [] : ofShards.map((shard) => shardNode(shard, names))),
  );
}

function shardNode(shard: RecordedShard, names: ShardNames): Node {
  const labels = [
    leaf('shard_id', names(shard)),
    leaf('start_time', new Date(Number(shard.startNs / 1_000_000n)).toISOString()),
  ];
  return node('create_iterator', node('labels', ...labels), ...figures(shard));
}

function figures(shard: ReadFigures): readonly Node[] {
  return [
    leaf('series_read', shard.seriesRead),
    leaf('series_answered_by_statistics', shard.seriesAnswered),
    leaf('rows_read', shard.rows),
    leaf('blocks_opened', shard.blocks.size),
    leaf('pages_read', shard.pagesRead),
    leaf('pages_decoded', shard.pagesDecoded),
    leaf('bytes_decoded', shard.bytesDecoded),
  ];
}

async function shardNames(context: QueryContext): Promise<ShardNames> {
  const shards = await settleShards(context);
  return ({ bucketId, startNs }) =>
    String(shards.find((shard) => shard.bucketId === bucketId && shard.range.startNs === startNs)?.id ?? 'gone');
}

function leaf(name: string, value: string | number): Node {
  return { text: `${name}: ${value}`, children: [] };
}

function node(text: string, ...children: readonly Node[]): Node {
  return { text, children };
}

function treeLines(nodes: readonly Node[], indent: string): readonly string[] {
  return nodes.flatMap(({ text, children }, index) => {
    const isLast = index === nodes.length - 1;
    return [
      `${indent}${isLast ? '└── ' : '├── '}${text}`,
      ...treeLines(children, `${indent}${isLast ? '    ' : '│   '}`),
    ];
  });
}

function duration(ms: number): string {
  return formatGoDuration(BigInt(Math.round(ms * 1e6)));
}
