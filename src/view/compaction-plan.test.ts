import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_RULES, planCompaction } from './compaction-plan.ts';
import type { BlockMeta } from './manifest.ts';

/** `shard level measurement seq sizeMiB` → a block called by its text. */
function block(text: string): BlockMeta {
  const [shardStart, level, measurement, seq, size] = text.split(' ');
  return {
    key: text,
    bucketId: 'b',
    shardStart,
    shardEnd: `${Number(shardStart) + 1}`,
    level: Number(level),
    tables: [{ measurement, fields: [] }],
    minSeq: Number(seq),
    maxSeq: Number(seq),
    deletesUpTo: Number(seq),
    minTime: '0',
    maxTime: '0',
    rowCount: 1,
    sizeBytes: Number(size) * 1024 * 1024,
  };
}

function plan(...blocks: string[]): string[] | undefined {
  // Shard 9 rests.
  const rests = ({ shardStart }: BlockMeta): boolean => shardStart === '9';
  return planCompaction(blocks.map(block), DEFAULT_RULES, rests)?.inputs.map((input) => input.key);
}

const cases: [string, string[], string[] | undefined][] = [
  ['nothing', [], undefined],
  ['few flushed blocks wait', ['1 0 m 1 9', '1 0 m 2 9', '1 0 m 3 9'], undefined],
  ['other shards do not count', ['1 0 m 1 9', '1 0 m 2 9', '1 0 m 3 9', '2 0 m 4 9'], undefined],
  [
    'all flushed blocks of a shard go together, oldest first',
    ['1 0 m 4 9', '1 0 n 3 1', '1 0 m 2 9', '1 0 m 1 9', '1 1 m 0 9'],
    ['1 0 m 1 9', '1 0 m 2 9', '1 0 n 3 1', '1 0 m 4 9'],
  ],
  [
    'neighbours of similar size merge',
    ['1 1 m 1 80', '1 1 m 2 10', '1 1 m 3 12', '1 1 m 4 9', '1 1 m 5 30'],
    ['1 1 m 2 10', '1 1 m 3 12', '1 1 m 4 9', '1 1 m 5 30'],
  ],
  [
    'a long run goes at once, before fewer flushed blocks',
    [
      '2 0 m 1 9',
      '2 0 m 2 9',
      '2 0 m 3 9',
      '2 0 m 4 9',
      ...[5, 6, 7, 8, 9].map((seq) => `1 1 m ${seq} 2`),
      '1 1 m 10 9',
    ],
    [5, 6, 7, 8, 9].map((seq) => `1 1 m ${seq} 2`),
  ],
  [
    'but flushed blocks where these are as many',
    ['1 1 m 1 2', '1 1 m 2 2', '1 1 m 3 2', '1 1 m 4 2', '2 0 m 5 9', '2 0 m 6 9', '2 0 m 7 9', '2 0 m 8 9'],
    ['2 0 m 5 9', '2 0 m 6 9', '2 0 m 7 9', '2 0 m 8 9'],
  ],
  [
    'a large one between keeps small ones apart',
    ['1 1 m 1 1', '1 1 m 2 1', '1 1 m 3 90', '1 1 m 4 1', '1 1 m 5 1'],
    undefined,
  ],
  ['measurements do not mix', ['1 1 m 1 1', '1 1 m 2 1', '1 1 n 3 1', '1 1 n 4 1'], undefined],
  [
    'a resting shard is merged as a whole',
    ['9 1 m 1 6', '9 1 n 1 1', '9 0 m 2 1'],
    ['9 1 m 1 6', '9 1 n 1 1', '9 0 m 2 1'],
  ],
  ['one block a measurement stays in a resting shard', ['9 1 m 1 6', '9 1 n 1 1', '9 0 o 2 1'], undefined],
  ['little that came late waits in a resting shard', ['9 1 m 1 8', '9 0 m 2 1'], undefined],
  ['a large shard rests as it is', ['9 1 m 1 30', '9 0 m 2 10'], undefined],
  ['what would be too large stays', ['1 1 m 1 300', '1 1 m 2 300', '1 1 m 3 300', '1 1 m 4 300'], undefined],
];
for (const [name, blocks, expected] of cases) test(name, () => assert.deepEqual(plan(...blocks), expected));
