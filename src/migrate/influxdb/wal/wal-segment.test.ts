import assert from 'node:assert/strict';
import { test } from 'node:test';
import { walDelete, walDeleteRange, walRecord, walWrite } from '../test-support/encode-files.ts';
import { type WalRecord, walRecords } from './wal-segment.ts';

const WRITE = walWrite([
  { key: 'cpu,host=a#!~#v', type: 'float', points: [[1n, 1.5]] },
  {
    key: 'cpu,host=a#!~#s',
    type: 'string',
    points: [
      [3n, 'three'],
      [-2n, ''],
    ],
  },
]);
const DELETE = walDelete(['cpu#!~#a', 'cpu#!~#b']);
const RANGE = walDeleteRange(['cpu#!~#v'], -5n, 5n);

function read(...pieces: readonly Uint8Array[]): WalRecord[] {
  return [...walRecords(Buffer.concat(pieces))];
}

/** One line a record. */
function shown(record: WalRecord): string {
  if (record.kind !== 'entry') return `${record.kind} at ${record.offset}, ${record.sizeBytes} bytes: ${record.reason}`;
  const { entry } = record;
  if (entry.op === 'delete') return `delete ${entry.keys.map(textOf).join(',')} ${entry.minNs} ${entry.maxNs}`;
  return `write ${entry.values.map(({ key, type, count }) => `${textOf(key)} ${type} ${count}`).join('; ')}`;
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key).toString();
}

test('records', () => {
  const records = read(WRITE, DELETE, RANGE);
  assert.deepEqual(records.map(shown), [
    'write cpu,host=a#!~#v float 1; cpu,host=a#!~#s string 2',
    'delete cpu#!~#a,cpu#!~#b -9223372036854775808 9223372036854775807',
    'delete cpu#!~#v -5 5',
  ]);
  assert.deepEqual(read(), []);
});

test('times of values, in any order', () => {
  const [record] = read(WRITE);
  assert.ok(record.kind === 'entry' && record.entry.op === 'write');
  assert.deepEqual(
    record.entry.values.map(({ minNs, maxNs }) => [minNs, maxNs]),
    [
      [1n, 1n],
      [-2n, 3n],
    ],
  );
});

test('an end of any length is torn', () => {
  for (let length = 1; length < WRITE.length; length++) {
    const records = read(WRITE, WRITE.subarray(0, length));
    assert.deepEqual(records.map(shown).slice(1), [
      `torn at ${WRITE.length}, ${length} bytes: the file ends within a record`,
    ]);
  }
  assert.match(shown(read(WRITE, Buffer.alloc(4096))[1]), /^torn at \d+, 4096 bytes: unknown kind of record 0$/);
});

test('a gap before whole records is damage, wherever it is', () => {
  const kinds = (...pieces: readonly Uint8Array[]): string[] => read(...pieces).map(({ kind }) => kind);
  assert.deepEqual(kinds(WRITE, Buffer.from('garbage'), WRITE), ['entry', 'damage', 'entry']);
  assert.deepEqual(kinds(WRITE.subarray(0, 20), RANGE, WRITE), ['damage', 'entry', 'entry']);
  assert.deepEqual(kinds(Buffer.alloc(512), WRITE, Buffer.of(1, 0)), ['damage', 'entry', 'torn']);
  assert.deepEqual(kinds(walRecord(4, Buffer.from('x')), DELETE), ['damage', 'entry']);
  for (let at = 0; at < WRITE.length; at++) {
    const broken = Buffer.from(WRITE);
    broken[at] ^= 0x80;
    const records = read(broken, WRITE);
    // A flipped bit within a value cannot be seen: there is no checksum.
    if (records[0].kind !== 'entry')
      assert.deepEqual(
        records.map(({ kind }) => kind),
        ['damage', 'entry'],
        `byte ${at}`,
      );
  }
});

test('entries that end within a value are none', () => {
  const entry = Buffer.from('01 0001 61 00000002 0000000000000001 3ff8000000000000'.replaceAll(' ', ''), 'hex');
  assert.match(shown(read(walRecord(1, entry))[0]), /an entry ends within a value/);
  assert.match(shown(read(walRecord(1, Buffer.from('09000161', 'hex')))[0]), /unknown type 9 of values/);
  assert.match(shown(read(walRecord(1, Buffer.from('0100016100000000', 'hex')))[0]), /a key without values/);
  assert.match(shown(read(walRecord(3, Buffer.alloc(15)))[0]), /an entry ends within a value/);
});
