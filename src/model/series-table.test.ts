import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeriesTable } from './series-table.ts';

function intern(table: SeriesTable, key: string): number {
  const bytes = Buffer.from(key);
  return table.intern(bytes, 0, bytes.length);
}

function find(table: SeriesTable, key: string): number {
  const bytes = Buffer.from(key);
  return table.find(bytes, 0, bytes.length);
}

test('ids are dense, in order of first sight', () => {
  const table = new SeriesTable();
  assert.deepEqual(
    ['cpu,host=a', 'mem', 'cpu,host=a', 'cpu,host=b', 'mem'].map((key) => intern(table, key)),
    [0, 1, 0, 2, 1],
  );
  assert.equal(table.count, 3);
  assert.deepEqual(
    [0, 1, 2].map((id) => table.keyText(id)),
    ['cpu,host=a', 'mem', 'cpu,host=b'],
  );
  assert.deepEqual(
    [find(table, 'mem'), find(table, 'cpu,host=c'), find(table, 'cpu'), find(table, '')],
    [1, -1, -1, -1],
  );
});

test('keys are found in the midst of other bytes', () => {
  const table = new SeriesTable();
  const buffer = Buffer.from('xxcpu,host=ayy');
  const part = buffer.subarray(1);
  assert.equal(table.intern(part, 1, 11), 0);
  assert.equal(table.keyText(0), 'cpu,host=a');
  assert.equal(table.find(buffer, 2, 12), 0);
});

test('measurements by ordinal, unescaped', () => {
  const table = new SeriesTable();
  for (const key of ['cpu,host=a', 'disk\\ io\\,x,t=1', 'cpu', 'a\\b=c', 'disk\\ io\\,x']) intern(table, key);
  assert.deepEqual(table.measurements, ['cpu', 'disk io,x', 'a\\b=c']);
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((id) => table.measurementOf(id)),
    [0, 1, 0, 2, 1],
  );
  const words = new DataView(Uint8Array.from(Buffer.from('disk\\ io\\,x,other=1,memory')).buffer);
  assert.equal(table.findMeasurement(words, 0, 19), 1);
  assert.equal(table.findMeasurement(words, 20, 26), -1);
});

test('keys of every length, that differ in one byte', () => {
  const table = new SeriesTable();
  const keys: string[] = [];
  for (let length = 0; length < 40; length++) {
    const key = 'm'.repeat(length);
    keys.push(key);
    for (let at = 0; at < length; at++) keys.push(`${key.slice(0, at)}x${key.slice(at + 1)}`);
  }
  const ids = keys.map((key) => intern(table, key));
  assert.deepEqual(
    ids,
    keys.map((_, id) => id),
  );
  assert.deepEqual(
    keys.map((key) => find(table, key)),
    ids,
  );
  assert.deepEqual(
    ids.map((id) => table.keyText(id)),
    keys,
  );
});

test('growth: views and shared memory stay valid', () => {
  const table = new SeriesTable();
  intern(table, 'first,t=1');
  const view = table.keyBytes(0);
  const early = table.shared();
  const count = 50_000;
  for (let id = 1; id < count; id++) assert.equal(intern(table, `m${id % 300},host=host_${id}`), id);
  assert.equal(Buffer.from(view).toString(), 'first,t=1');
  assert.equal(early.count, 1);
  assert.equal(Buffer.from(early.arena.slice(early.offsets[0], early.offsets[1])).toString(), 'first,t=1');
  const late = table.shared();
  assert.ok(late.arena.buffer instanceof SharedArrayBuffer && late.offsets.buffer instanceof SharedArrayBuffer);
  for (const id of [0, 1, 777, count - 1]) {
    assert.equal(Buffer.from(late.arena.slice(late.offsets[id], late.offsets[id + 1])).toString(), table.keyText(id));
    assert.equal(find(table, table.keyText(id)), id);
  }
  assert.equal(table.measurements.length, 301);
  assert.equal(table.measurements[table.measurementOf(777)], `m${777 % 300}`);
});

test('a key of 64 KiB', () => {
  const table = new SeriesTable();
  const key = `m,t=${'x'.repeat(65_531)}`;
  assert.equal(intern(table, key), 0);
  assert.equal(find(table, key), 0);
  assert.equal(find(table, `${key.slice(0, -1)}y`), -1);
});
