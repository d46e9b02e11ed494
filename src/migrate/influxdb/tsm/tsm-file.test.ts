import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isWeirError } from '../../../base/index.ts';
import { encodeTombstones, encodeTsm } from '../test-support/encode-files.ts';
import { TsmFile } from './tsm-file.ts';
import { type IndexKey, TsmIndex } from './tsm-index.ts';
import { readTombstones } from './tombstones.ts';

const WINDOW_BYTES = 64;
const BLOCKS = [
  { times: [1n, 2n], values: [1.5, 2.5] },
  { times: [3n, 9n], values: [3.5, 4.5] },
];
const FILE = encodeTsm([
  { key: 'a#!~#v', type: 'float', blocks: BLOCKS },
  { key: 'b#!~#v', type: 'string', blocks: [{ times: [5n], values: ['x'.repeat(500)] }] },
]);
const INDEX_START = Number(FILE.readBigUInt64BE(FILE.length - 8));

async function stored(t: TestContext, bytes: Uint8Array): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'weir-tsm-'));
  t.after(() => rm(dir, { recursive: true }));
  const path = join(dir, '000000001-000000001.tsm');
  await writeFile(path, bytes);
  return path;
}

/** Everything of a file, all blocks verified and decoded. */
function readWhole(path: string): { key: string; values: number[] | string[] }[] {
  const file = new TsmFile(path, WINDOW_BYTES);
  try {
    const index = new TsmIndex(file, WINDOW_BYTES);
    try {
      const entries: { key: string; values: number[] | string[] }[] = [];
      for (let entry = index.next(); entry !== undefined; entry = index.next()) entries.push(readKey(file, entry));
      return entries;
    } finally {
      index.close();
    }
  } finally {
    file.close();
  }
}

function readKey(file: TsmFile, { key, places }: IndexKey): { key: string; values: number[] } {
  const values = places.flatMap((place) => {
    const count = file.verifyBlock(place);
    const { times, values: decoded } = file.readBlock(place);
    assert.equal(times.count, count);
    return [...decoded.numbers];
  });
  return { key: Buffer.from(key).toString(), values };
}

test('a file is read through windows smaller than its blocks', async (t) => {
  assert.deepEqual(readWhole(await stored(t, FILE)), [
    { key: 'a#!~#v', values: [1.5, 2.5, 3.5, 4.5] },
    { key: 'b#!~#v', values: [] },
  ]);
});

test('damage is told with file and byte', async (t) => {
  const refused = async (name: string, change: (bytes: Buffer) => Buffer, reason: RegExp): Promise<void> => {
    const bytes = Buffer.from(FILE);
    const path = await stored(t, change(bytes));
    assert.throws(
      () => readWhole(path),
      (error) => isWeirError(error, 'corrupt') && error.message.startsWith(path) && reason.test(error.message),
      `${name}: ${reason}`,
    );
  };
  const set =
    (offset: number, ...values: number[]) =>
    (bytes: Buffer): Buffer => {
      bytes.set(values, offset);
      return bytes;
    };
  const cut =
    (length: number) =>
    (bytes: Buffer): Buffer =>
      bytes.subarray(0, length);
  await refused('magic', set(0, 0), /at byte 0: not a TSM file/);
  await refused('version', set(4, 2), /at byte 4: TSM version 2/);
  await refused('cut', cut(INDEX_START + 20), /the index is said to start at/);
  await refused('cut short', cut(10), /a TSM file of 10 bytes/);
  await refused('empty', cut(0), /a TSM file of 0 bytes/);
  await refused('a bit of a block', set(20, 0x77), /at byte 5: the checksum of a block/);
  await refused('type', set(INDEX_START + 8, 9), /unknown block type 9/);
  await refused('count', set(INDEX_START + 9, 0, 0), /a key without blocks/);
  await refused('many blocks', set(INDEX_START + 9, 0xff, 0xff), /the index ends within a key/);
  await refused('key length', set(INDEX_START, 0xff, 0xff), /the index ends within a key/);
  await refused('order', set(INDEX_START + 2, 0x7a), /keys do not ascend/);
  await refused('offset', set(INDEX_START + 27, 0xff), /a block of \d+ bytes at .* where there is none/);
  await refused('times', set(INDEX_START + 11, 0x7f), /a block of times from/);
  await refused('times of the index', set(INDEX_START + 18, 2), /times from 1 to 2, where the index says 2 to 2/);
});

test('tombstones of every version', async (t) => {
  const entries = [
    { key: 'a#!~#v', minNs: -5n, maxNs: 7n },
    { key: 'ü'.repeat(3000), minNs: -5n, maxNs: 7n },
    { key: 'a#!~#v', minNs: 20n, maxNs: 20n },
  ];
  for (const version of [2, 3, 4] as const) {
    const tombstones = await readTombstones(await stored(t, encodeTombstones(version, entries)));
    assert.equal(tombstones.count, 3, `version ${version}`);
    assert.deepEqual(tombstones.of(Buffer.from('a#!~#v')), [
      { minNs: 20n, maxNs: 20n },
      { minNs: -5n, maxNs: 7n },
    ]);
    assert.deepEqual(tombstones.of(Buffer.from('ü'.repeat(3000))), [{ minNs: -5n, maxNs: 7n }]);
    assert.deepEqual(tombstones.of(Buffer.from('b')), []);
  }
  const lines = await readTombstones(await stored(t, Buffer.from('a\n\nb b\nc')));
  for (const key of ['a', 'b b', 'c']) {
    assert.deepEqual(lines.of(Buffer.from(key)), [{ minNs: -(2n ** 63n), maxNs: 2n ** 63n - 1n }], key);
  }
  assert.equal((await readTombstones(await stored(t, Buffer.alloc(0)))).count, 0);
  assert.equal((await readTombstones('/nowhere/x.tombstone')).count, 0);
});

test('damaged tombstones', async (t) => {
  const entries = [{ key: 'a', minNs: 1n, maxNs: 2n }];
  const refused = async (bytes: Buffer, reason: RegExp): Promise<void> => {
    const path = await stored(t, bytes);
    await assert.rejects(
      readTombstones(path),
      (error) => isWeirError(error, 'corrupt') && error.message.startsWith(path) && reason.test(error.message),
      String(reason),
    );
  };
  await refused(encodeTombstones(2, entries).subarray(0, -1), /ends within an entry/);
  await refused(encodeTombstones(4, entries).subarray(0, -1), /unexpected end of file, after/);
  await refused(Buffer.concat([encodeTombstones(3, []).subarray(0, 4), Buffer.from('nothing')]), /incorrect header/);
  await refused(Buffer.from('0000150200ffffff', 'hex'), /a key of 16777215 bytes/);
});
