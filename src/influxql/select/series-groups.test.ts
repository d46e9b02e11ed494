import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Snapshot } from '../../view/index.ts';
import { type GroupOptions, groupSeries } from './series-groups.ts';

const SERIES: readonly Readonly<Record<string, string>>[] = [
  { host: 'b', zone: 'x' },
  { host: 'a', zone: 'y' },
  { host: 'a', zone: 'x' },
  { host: '', zone: 'x' },
  { host: '\u{1f600}', zone: '' },
  { host: '\uffee', zone: '' },
];

const SNAPSHOT = {
  tagValues: (ids: Int32Array, tag: string) => Array.from(ids, (id) => SERIES[id][tag]),
  seriesKey: (id: number) => `m,host=${SERIES[id].host},zone=${SERIES[id].zone}`,
} as unknown as Snapshot;

const groups = (dimensions: readonly string[], options: Partial<GroupOptions> = {}): string[] => {
  const ids = Int32Array.from(SERIES.keys());
  const all = groupSeries('m', ids, SNAPSHOT, {
    dimensions,
    ascending: true,
    ordered: true,
    countedDimensions: dimensions.length,
    slimit: 0,
    soffset: 0,
    ...options,
  });
  return all.groups.map(({ tags }, group) => {
    const members = all.seriesIds.subarray(all.starts[group], all.starts[group + 1]);
    return `${tags.join('|')}: ${members.join(' ')}`;
  });
};

void test('without dimensions there is one group, its series in the order of their keys', () => {
  assert.deepEqual(groups([]), [': 3 2 1 0 5 4']);
  assert.deepEqual(groups([], { ascending: false }), [': 4 5 0 1 2 3']);
});

void test('groups come in the order of their tags, by bytes', () => {
  assert.deepEqual(groups(['host']), [': 3', 'a: 2 1', 'b: 0', '\uffee: 5', '\u{1f600}: 4']);
  assert.deepEqual(groups(['host'], { ascending: false }), ['\u{1f600}: 4', '\uffee: 5', 'b: 0', 'a: 1 2', ': 3']);
});

void test('the first dimension decides first', () => {
  assert.deepEqual(groups(['zone', 'host']), ['|\uffee: 5', '|\u{1f600}: 4', 'x|: 3', 'x|a: 2', 'x|b: 0', 'y|a: 1']);
});

void test('SLIMIT and SOFFSET count groups by the tags that they have', () => {
  // Compared are "host|zone|a|x" and "host|\uffee".
  assert.deepEqual(groups(['host', 'zone'], { slimit: 2 }), ['a|x: 2', 'a|y: 1']);
  assert.deepEqual(groups(['host', 'zone'], { slimit: 2, soffset: 2 }), ['b|x: 0', '\uffee|: 5']);
  assert.deepEqual(groups(['host'], { soffset: 3 }), ['\uffee: 5', '\u{1f600}: 4']);
  assert.deepEqual(groups(['host'], { soffset: 9 }), []);
  // Groups that are finer than those that count stay together.
  assert.deepEqual(groups(['zone', 'host'], { countedDimensions: 1, soffset: 1 }), [
    'x|: 3',
    'x|a: 2',
    'x|b: 0',
    'y|a: 1',
  ]);
});
