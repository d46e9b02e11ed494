import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isWeirError } from '../base/index.ts';
import { ALL_TIME, type BatchColumn, type FieldType, type MeasurementBatch } from '../model/index.ts';
import type { Change, WriteChange } from './change.ts';
import { FrameDecoder, FrameEncoder } from './codec.ts';
import { FrameBuffer } from './frame-buffer.ts';
import { frameBytes, frameSeq, isFrameHeader, isPayloadIntact } from './frame.ts';
import type { SeriesTables } from './log.ts';
import { BUCKET, internKey, numbersColumn, point, seededRandom, seriesTables } from './test-support/samples.ts';

const RUN = 77;

/** Encodes the changes as one segment's frames and decodes them with `own` series tables. */
function roundTrip(changes: readonly Change[], tables: SeriesTables, own: SeriesTables): (Change | null)[] {
  const encoder = new FrameEncoder(tables);
  encoder.begin(RUN);
  const buffer = new FrameBuffer(8, 1 << 20);
  for (const [i, change] of changes.entries()) encoder.encode(buffer, change, i + 1, 0);
  const decoder = new FrameDecoder(own);
  const decoded: (Change | null)[] = [];
  for (let at = 0; at < buffer.length; at += frameBytes(buffer.views, at)) {
    assert(isFrameHeader(buffer.views, at, buffer.length, RUN) && isPayloadIntact(buffer.views, at, buffer.length));
    assert.equal(frameSeq(buffer.views, at), decoded.length + 1);
    decoded.push(decoder.decode(buffer.views, at));
  }
  return decoded;
}

/** A change as plain values that compare by content: keys for ids, bits for doubles, texts for string columns. */
function plain(change: Change | null, tables: SeriesTables): unknown {
  if (change === null || change.op !== 'write') return change;
  const table = tables(change.bucketId);
  return {
    bucketId: change.bucketId,
    tables: change.tables.map((batch) => plainBatch(batch, (id) => table.keyText(id))),
  };
}

function plainBatch(batch: MeasurementBatch, keyText: (id: number) => string): unknown {
  const { measurement, rowCount, baseNs } = batch;
  const keys = Array.from(batch.seriesIds.subarray(0, rowCount), keyText);
  const columns = batch.columns.map((column) => plainColumn(column, rowCount));
  return { measurement, keys, baseNs, times: [...batch.times.subarray(0, rowCount)], columns };
}

function plainColumn(column: BatchColumn, rowCount: number): unknown {
  const { name, type, wide, strings } = column;
  const valid = column.valid === null ? null : Buffer.from(column.valid.subarray(0, rowCount)).toString('hex');
  let values: unknown = [...new BigUint64Array(column.numbers.slice(0, rowCount).buffer)];
  if (wide !== null) values = [...wide.subarray(0, rowCount)];
  if (strings !== null) {
    values = Array.from({ length: rowCount }, (_, row) =>
      Buffer.from(strings.text.subarray(strings.starts[row], strings.ends[row])).toString('hex'),
    );
  }
  return { name, type, kind: wide !== null ? 'wide' : strings !== null ? 'strings' : 'numbers', values, valid };
}

/** One column with these values comes back with every bit; returns how many bytes it took in the frame. */
function columnRoundTrip(column: BatchColumn, rowCount: number): number {
  const tables = seriesTables();
  const id = internKey(tables(BUCKET), 'm,a=b');
  const batch = {
    measurement: 'm',
    rowCount,
    seriesIds: new Int32Array(rowCount).fill(id),
    baseNs: 5n,
    times: new Float64Array(rowCount),
    columns: [column],
  };
  const change: WriteChange = { op: 'write', bucketId: BUCKET, tables: [batch] };
  const own = seriesTables();
  const [decoded] = roundTrip([change], tables, own);
  assert.deepEqual(plain(decoded, own), plain(change, tables));
  const encoder = new FrameEncoder(tables);
  const buffer = new FrameBuffer(1024, 1 << 20);
  encoder.encode(buffer, change, 1, 0);
  const withColumn = buffer.length;
  encoder.begin(RUN);
  encoder.encode(buffer, { ...change, tables: [{ ...batch, columns: [] }] }, 1, 0);
  return withColumn - (buffer.length - withColumn);
}

/** Header, name and base of a column of numbers. */
const COLUMN_BYTES = 32;

const numberCases: [string, FieldType, number[], number][] = [
  ['all equal', 'integer', [42, 42, 42, 42, 42, 42, 42, 42, 42], 0],
  ['a byte', 'integer', [-100, 155, 0, 7, 8, 9, 1, 2], 8],
  ['one more than a byte', 'integer', [-100, 156, 0, 7], 8],
  ['two bytes', 'integer', [1e12, 1e12 + 65535, 1e12 + 1, 1e12], 8],
  ['one more than two bytes', 'integer', [0, 65536], 8],
  ['four bytes', 'unsigned', [2 ** 53 - 1, 2 ** 53 - 2 ** 32], 8],
  ['one more than four bytes', 'unsigned', [2 ** 53 - 1, 2 ** 53 - 2 ** 32 - 1], 16],
  ['the widest integers', 'integer', [-(2 ** 53) + 1, 2 ** 53 - 1, 0], 24],
  ['floats that are integers', 'float', [1, 2, 3, 4, 250, 6, 7, 8], 8],
  ['a negative zero among integers', 'float', [1, -0, 3], 24],
  ['only negative zeros', 'float', [-0, -0], 16],
  ['fractions', 'float', [0.1, -1e300, 5e-324], 24],
  ['beyond exact integers', 'float', [2 ** 60, 2 ** 60 + 1024], 16],
  ['no numbers', 'float', [Number.NaN, Infinity, -Infinity], 24],
  ['booleans', 'boolean', [0, 1, 1, 0, 1], 8],
  ['no rows', 'float', [], 0],
];

test('numbers take as few bytes as hold them, and keep every bit', () => {
  for (const [name, type, values, bytes] of numberCases) {
    const taken = columnRoundTrip(numbersColumn('v', type, values), values.length) - COLUMN_BYTES;
    assert.equal(taken, bytes, name);
  }
});

test('the payload of a NaN survives', () => {
  const numbers = new Float64Array(new BigUint64Array([0x7ff8dead_beef0001n, 0xfff0000000000001n]).buffer);
  columnRoundTrip({ name: 'v', type: 'float', numbers, wide: null, strings: null, valid: null }, 2);
});

const FIELD_KINDS = ['float', 'integer', 'unsigned', 'boolean', 'string', 'wide', 'whole float'] as const;

const columnSpec = fc.record({
  name: fc.string({ minLength: 1, unit: 'grapheme' }),
  kind: fc.constantFrom(...FIELD_KINDS),
  sparse: fc.boolean(),
  seed: fc.nat(),
});

const tableSpec = fc.record({
  measurement: fc.string({ minLength: 1, unit: 'grapheme' }),
  rowCount: fc.nat({ max: 70 }),
  /** Arrays may be longer than the rows in use. */
  slack: fc.nat({ max: 3 }),
  baseNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  timeStep: fc.constantFrom(0, 1, 1e3, 1e6, 1e9, 10e9, 3_600_000_000_001, 2 ** 45),
  columns: fc.array(columnSpec, { maxLength: 5 }),
  seed: fc.nat(),
});

function makeColumn(spec: { name: string; kind: string; sparse: boolean; seed: number }, rows: number): BatchColumn {
  const random = seededRandom(spec.seed);
  const values = Array.from({ length: rows }, () => random());
  const valid = spec.sparse ? Uint8Array.from(values, (value) => (value < 0.6 ? 1 : 0)) : null;
  const type = (spec.kind === 'wide' ? 'unsigned' : spec.kind === 'whole float' ? 'float' : spec.kind) as FieldType;
  const common = { name: spec.name, type, valid };
  const scale = 10 ** Math.floor(random() * 16);
  if (spec.kind === 'string') {
    // Texts stand in the middle of other bytes, overlap, and come in any order.
    const text = Buffer.from('no: säy ünicode 漢字 and more 😀, long enough for the other way of copying, then');
    const starts = Uint32Array.from(values, (value) => Math.floor(value * 40));
    const ends = starts.map((start, row) => start + Math.floor(((values[row] * 1000) % 1) * 36));
    return { ...common, numbers: new Float64Array(0), wide: null, strings: { text, starts, ends } };
  }
  const wide = BigInt64Array.from(values, (value) => BigInt.asIntN(64, BigInt(Math.floor(value * 2 ** 53)) * 3001n));
  if (spec.kind === 'wide') return { ...common, numbers: new Float64Array(rows), wide, strings: null };
  const numbers = Float64Array.from(values, (value) => {
    if (spec.kind === 'float') return value < 0.1 ? -0 : (value - 0.5) * scale;
    if (spec.kind === 'boolean') return Math.round(value);
    return Math.floor((spec.kind === 'unsigned' ? value : value - 0.5) * Math.min(scale, 2 ** 52));
  });
  return { ...common, numbers, wide: null, strings: null };
}

test('what is decoded is what was encoded, whatever the tables hold', () => {
  const tables = seriesTables();
  const own = seriesTables();
  const keyCount = 200;
  // The reader knows some of the series already, under other ids; the writer's go beyond 2^20.
  for (let i = 0; i < 2 ** 20 + keyCount; i++) internKey(tables(BUCKET), `m,i=${i}`);
  for (let i = 0; i < 50; i++) internKey(own(BUCKET), `m,i=${i * 3}`);
  const property = fc.property(fc.array(fc.array(tableSpec, { maxLength: 3 }), { maxLength: 4 }), (writes) => {
    const changes = writes.map((specs): WriteChange => {
      const batches = specs.map((spec): MeasurementBatch => {
        const { measurement, rowCount, slack, baseNs, timeStep, seed } = spec;
        const random = seededRandom(seed);
        const rows = rowCount + slack;
        return {
          measurement,
          rowCount,
          baseNs,
          seriesIds: Int32Array.from({ length: rows }, () => {
            const near = Math.floor(random() * keyCount);
            return random() < 0.5 ? near : near + 2 ** 20;
          }),
          times: Float64Array.from({ length: rows }, () => Math.floor((random() - 0.5) * 200) * timeStep),
          columns: spec.columns.map((column) => makeColumn(column, rows)),
        };
      });
      return { op: 'write', bucketId: BUCKET, tables: batches };
    });
    const decoded = roundTrip(changes, tables, own);
    assert.deepEqual(
      decoded.map((change) => plain(change, own)),
      changes.map((change) => plain(change, tables)),
    );
  });
  fc.assert(property, { numRuns: 150 });
});

test('operations that are no writes come back as they were', () => {
  const changes: Change[] = [
    { op: 'barrier' },
    { op: 'drop-bucket', bucketId: BUCKET },
    { op: 'delete', bucketId: BUCKET, measurements: null, predicate: null, range: ALL_TIME },
    {
      op: 'delete',
      bucketId: 'büro',
      measurements: ['cpu', 'mem 😀'],
      predicate: {
        op: 'and',
        terms: [
          { op: '=', tag: 'host', value: 'a"b\\' },
          {
            op: 'or',
            terms: [
              { op: '!~', tag: 'x', source: '^a.*$' },
              { op: 'const', value: true },
            ],
          },
        ],
      },
      range: { startNs: -1n, endNs: 9_007_199_254_740_993n },
    },
  ];
  assert.deepEqual(roundTrip(changes, seriesTables(), seriesTables()), changes);
});

test('a key is written once a segment, and anew after a failure', () => {
  const tables = seriesTables();
  const encoder = new FrameEncoder(tables);
  const buffer = new FrameBuffer(64, 1 << 20);
  const sizeOf = (change: Change): number => {
    const start = buffer.length;
    encoder.encode(buffer, change, 1, 0);
    return buffer.length - start;
  };
  encoder.begin(RUN);
  const first = sizeOf(point(tables, 1));
  const later = sizeOf(point(tables, 1));
  assert(later < first, 'the second frame has no key');
  assert.equal(sizeOf(point(tables, 8)), later, 'nor one for another point of the series');
  assert.equal(sizeOf(point(tables, 2)), first, 'a new series has');
  const before = buffer.length;
  const bad = { ...point(tables, 3), tables: [point(tables, 3).tables[0], point(tables, 4).tables[0]] };
  bad.tables[1].seriesIds[0] = 1000;
  assert.throws(() => encoder.encode(buffer, bad, 1, 0), /series id that is not in its series table/);
  assert.equal(buffer.length, before, 'a frame that failed leaves nothing');
  assert.equal(sizeOf(point(tables, 3)), first, 'not even the belief that its keys are known');
  encoder.begin(RUN);
  assert.equal(sizeOf(point(tables, 1)), first, 'a new segment knows nothing');
});

test('a frame that leans on another segment is refused, and one that is skipped still defines', () => {
  const tables = seriesTables();
  const encoder = new FrameEncoder(tables);
  encoder.begin(RUN);
  const buffer = new FrameBuffer(64, 1 << 20);
  encoder.encode(buffer, point(tables, 1), 1, 0);
  const second = buffer.length;
  encoder.encode(buffer, point(tables, 8), 2, 0);
  assert.throws(
    () => new FrameDecoder(seriesTables()).decode(buffer.views, second),
    (error) => isWeirError(error, 'corrupt') && /series that its segment does not define/.test(error.message),
  );
  const own = seriesTables();
  const decoder = new FrameDecoder(own);
  decoder.skip(buffer.views, 0);
  assert.deepEqual(plain(decoder.decode(buffer.views, second), own), plain(point(tables, 8), tables));
});

test('a payload of random bytes is refused or read, and nothing else', () => {
  const random = seededRandom(4);
  const tables = seriesTables();
  const encoder = new FrameEncoder(tables);
  let refused = 0;
  for (let round = 0; round < 800; round++) {
    const buffer = new FrameBuffer(64, 1 << 20);
    encoder.begin(RUN);
    encoder.encode(buffer, round % 5 === 0 ? { op: 'drop-bucket', bucketId: 'x' } : point(tables, round), 1, 0);
    const { u8 } = buffer.views;
    for (let i = 0; i < 3; i++) u8[32 + Math.floor(random() * (buffer.length - 32))] = Math.floor(random() * 256);
    try {
      new FrameDecoder(seriesTables()).decode(buffer.views, 0);
    } catch (error) {
      if (!isWeirError(error, 'corrupt')) throw error;
      refused++;
    }
  }
  assert(refused > 100, `${refused} were refused`);
});
