// Damage is found: whatever byte of a block changes, reading it gives the same rows or `corrupt`, never other rows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWeirError } from '../../base/index.ts';
import { memoryBlock, openBlock } from './index.ts';
import { seeded } from './test-support/random.ts';
import { NAMED_TABLES } from './test-support/table-cases.ts';
import { type TestTable, readTable, writeTable } from './test-support/test-table.ts';

/** Small, and with every kind of page in it. */
function sampleTable(): TestTable {
  const table = NAMED_TABLES['nulls of all kinds']();
  return { ...table, rows: table.rows.filter((_, row) => row % 16 === 0) };
}

/** Rows and statistics as text; `corrupt` when reading fails so. Any other failure is a defect. */
function readAll(bytes: Uint8Array): string {
  try {
    const block = openBlock(memoryBlock(bytes, 'a.parquet'));
    const rows = readTable(block);
    const stats = block.fields.flatMap((_, field) =>
      Array.from(block.seriesIds, (__, series) => block.seriesStats(series, field)),
    );
    return JSON.stringify([rows, stats], (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
  } catch (error) {
    if (!isWeirError(error, 'corrupt')) throw error;
    assert.match(error.message, /a\.parquet|zstd|ends|run|encoding|index|checksum|dictionary/);
    return 'corrupt';
  }
}

test('a flipped bit is found or harmless', () => {
  const bytes = writeTable(sampleTable());
  const rows = readAll(bytes);
  const random = seeded(7);
  let found = 0;
  for (let round = 0; round < 400; round++) {
    const at = random.below(bytes.length);
    const mask = 1 << random.below(8);
    bytes[at] ^= mask;
    const read = readAll(bytes);
    bytes[at] ^= mask;
    if (read === 'corrupt') found++;
    else assert.ok(read === rows, `other rows after a flip of bit ${mask} at byte ${at}`);
  }
  assert.ok(found > 50, `${found} flips found`);
  assert.equal(readAll(bytes), rows);
});

test('overwritten stretches are found or harmless', () => {
  const bytes = writeTable(sampleTable());
  const rows = readAll(bytes);
  const random = seeded(8);
  for (let round = 0; round < 100; round++) {
    const damaged = new Uint8Array(bytes);
    const at = random.below(bytes.length);
    damaged.fill(random.below(256), at, at + 1 + random.below(100));
    const read = readAll(damaged);
    assert.ok(read === 'corrupt' || read === rows, `other rows after damage at byte ${at}`);
  }
});

test('a block that is cut short is corrupt at once', () => {
  const bytes = writeTable(sampleTable());
  for (const length of [0, 1, 8, 43, 100, bytes.length >> 1, bytes.length - 100, bytes.length - 1]) {
    assert.throws(
      () => openBlock(memoryBlock(bytes.subarray(0, length))),
      (error) => isWeirError(error, 'corrupt'),
      `${length} bytes`,
    );
  }
});

test('the error names file and offset', () => {
  const bytes = writeTable(sampleTable());
  bytes[100] ^= 1;
  assert.throws(
    () => readTable(openBlock(memoryBlock(bytes, 'a.parquet'))),
    /block a\.parquet: wrong checksum of \d+ bytes at byte \d+/,
  );
});

test('a file is closed when it is no block', () => {
  let closed = 0;
  const file = { ...memoryBlock(new Uint8Array(100)), close: () => void closed++ };
  assert.throws(() => openBlock(file));
  assert.equal(closed, 1);
});
