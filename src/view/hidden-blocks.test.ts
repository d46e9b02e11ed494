import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hiddenBlocks, isHidden } from './hidden-blocks.ts';
import type { BlockMeta, DeleteMeta } from './manifest.ts';

/** `m,n 5 100-200`: rows of m and n up to change 5, at times 100 … 200 */
function block(text: string): BlockMeta {
  const [measurements, seq, times] = text.split(' ');
  const [minTime, maxTime] = times.split('-');
  return {
    key: text,
    bucketId: 'b',
    shardStart: '0',
    shardEnd: '1000',
    level: 0,
    tables: measurements.split(',').map((measurement) => ({ measurement, fields: [] })),
    minSeq: 1,
    maxSeq: Number(seq),
    deletesUpTo: Number(seq),
    minTime,
    maxTime,
    rowCount: 1,
    sizeBytes: 1,
  };
}

/** The same way, times with an exclusive end; `*` = all measurements, `a=1` = only series with the tag. */
function deletion(text: string): DeleteMeta {
  const [names, seq, times, tag] = text.split(' ');
  const [startNs, endNs] = times.split('-');
  const predicate = tag === undefined ? null : ({ op: '=', tag: tag.split('=')[0], value: tag.split('=')[1] } as const);
  return {
    seq: Number(seq),
    bucketId: 'b',
    measurements: names === '*' ? null : names.split(','),
    predicate,
    startNs,
    endNs,
  };
}

const cases: [string, string, string[], boolean][] = [
  ['no delete', 'm 5 100-200', [], false],
  ['all measurements', 'm,n 5 100-200', ['* 6 100-201'], true],
  ['one of two measurements', 'm,n 5 100-200', ['m 6 0-900'], false],
  ['both, one after the other', 'm,n 5 100-200', ['m 6 0-900', 'n 7 0-900'], true],
  ['from before the last row', 'm 5 100-200', ['m 5 0-900'], false],
  ['the last time is left', 'm 5 100-200', ['m 6 100-200'], false],
  ['the first time is left', 'm 5 100-200', ['m 6 101-900'], false],
  ['two halves do not make a whole', 'm 5 100-200', ['m 6 100-150', 'm 7 150-201'], false],
  ['some series', 'm 5 100-200', ['m 6 0-900 a=1'], false],
];
for (const [name, blockText, deletes, expected] of cases) {
  test(name, () => assert.equal(isHidden(block(blockText), deletes.map(deletion)), expected));
}

test('a delete of another bucket hides nothing', () => {
  assert.equal(isHidden({ ...block('m 5 100-200'), bucketId: 'c' }, [deletion('* 6 0-900')]), false);
});

test('a block of several tables is found once', () => {
  const live = { meta: block('m,n 5 100-200'), file: { path: '', release: () => {} } };
  const tables = new Map([
    ['m', { blocks: [live] }],
    ['n', { blocks: [live] }],
  ]);
  const holder = { deletes: { all: [deletion('* 6 0-900')] }, shards: new Map([[7n, { tables }]]) };
  assert.deepEqual([...hiddenBlocks(holder)], [[live, 7n]]);
});
