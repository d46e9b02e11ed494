import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeriesTable, type TagPredicate, matchesTags, parseSeriesKey } from '../model/index.ts';
import { SeriesIndex } from './series-index.ts';

function indexOf(keys: readonly string[]): SeriesIndex {
  const table = new SeriesTable();
  for (const key of keys) table.intern(Buffer.from(key), 0, Buffer.byteLength(key));
  const index = new SeriesIndex(table);
  index.update();
  return index;
}

const keys = ['cpu,host=a', 'cpu,host=b,zone=z', 'mem,host=a', 'cpu', 'cpu,host=a,zone=y'];

function matched(predicate: TagPredicate): string[] {
  const index = indexOf(keys);
  const series = index.measurement('cpu');
  assert.ok(series !== undefined);
  return Array.from(series.match(predicate), (ordinal) => index.table.keyText(series.id(ordinal)));
}

const cases: [TagPredicate, string[]][] = [
  [{ op: '=', tag: 'host', value: 'a' }, ['cpu,host=a', 'cpu,host=a,zone=y']],
  [{ op: '=', tag: 'host', value: '' }, ['cpu']],
  [{ op: '!=', tag: 'zone', value: '' }, ['cpu,host=b,zone=z', 'cpu,host=a,zone=y']],
  [{ op: '!=', tag: 'host', value: 'a' }, ['cpu,host=b,zone=z', 'cpu']],
  [{ op: '=', tag: 'nothing', value: '' }, ['cpu,host=a', 'cpu,host=b,zone=z', 'cpu', 'cpu,host=a,zone=y']],
  [{ op: '=', tag: 'nothing', value: 'x' }, []],
  [{ op: '=~', tag: 'zone', source: '^[xy]$' }, ['cpu,host=a,zone=y']],
  [{ op: '!~', tag: 'zone', source: '.' }, ['cpu,host=a', 'cpu']],
  [{ op: 'const', value: false }, []],
  [{ op: 'and', terms: [] }, ['cpu,host=a', 'cpu,host=b,zone=z', 'cpu', 'cpu,host=a,zone=y']],
  [
    {
      op: 'and',
      terms: [
        { op: '=', tag: 'host', value: 'a' },
        { op: '=', tag: 'zone', value: 'y' },
      ],
    },
    ['cpu,host=a,zone=y'],
  ],
  [
    {
      op: 'or',
      terms: [
        { op: '=', tag: 'zone', value: 'z' },
        { op: '=', tag: 'host', value: '' },
      ],
    },
    ['cpu,host=b,zone=z', 'cpu'],
  ],
];
for (const [predicate, expected] of cases) {
  test(`series with ${JSON.stringify(predicate)}`, () => assert.deepEqual(matched(predicate), expected));
}

test('tags of a series, and what a series lacks', () => {
  const index = indexOf(keys);
  assert.deepEqual(index.tags(1), [
    { key: 'host', value: 'b' },
    { key: 'zone', value: 'z' },
  ]);
  assert.deepEqual(index.tags(3), []);
  assert.deepEqual(index.measurement('cpu')?.tagKeys(), ['host', 'zone']);
});

test('the inverse of a tag stays right while series are added', () => {
  const table = new SeriesTable();
  const index = new SeriesIndex(table);
  for (let at = 0; at < 2000; at++) {
    const key = Buffer.from(`m,host=h${at % 7},n=${at}`);
    table.intern(key, 0, key.length);
    if (at % 50 !== 0) continue;
    index.update();
    const series = index.measurement('m');
    const predicate: TagPredicate = { op: '=', tag: 'host', value: 'h3' };
    const plain: number[] = [];
    for (let id = 0; id <= at; id++) {
      const { tags } = parseSeriesKey(table.keyText(id));
      if (matchesTags(predicate, (tag) => tags.find((own) => own.key === tag)?.value ?? '')) plain.push(id);
    }
    assert.deepEqual([...(series?.match(predicate) ?? [])], plain);
  }
});
