// Texts and counts are those of InfluxDB 1.9's own sketches of the same values.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { FieldType } from '../../model/index.ts';
import { SketchBuilder, type SketchValue, sketchCount } from './hyper-log-log.ts';
import { xxHash64 } from './xx-hash.ts';

const sketchOf = (values: Iterable<SketchValue>, type: FieldType): string => {
  const sketch = new SketchBuilder(type);
  for (const value of values) sketch.add(value);
  return sketch.finish();
};

const HASHES: readonly (readonly [string, bigint])[] = [
  ['', 17241709254077376921n],
  ['a', 15154266338359012955n],
  ['abc', 4952883123889572249n],
  ['abcdefgh', 4238821247360054455n],
  ['hello world', 5020219685658847592n],
  ['0123456789abcdef0123456789abcdef', 7217744722875508421n],
  ['0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdefxyz', 11001607745992879247n],
];
for (const [text, hash] of HASHES) {
  void test(`hash of "${text}"`, () => assert.equal(xxHash64(Buffer.from(text)), hash));
}

const SMALL: readonly (readonly [FieldType, readonly SketchValue[], string])[] = [
  ['float', [1, 2.5, -3], 'AhABAAAAAAAAAAMDrGAEAAAADKDM5An+2KoG5pqiDQ=='],
  ['integer', [1, 2n, -3], 'AhABAAAAAAAAAAMDZOyIAAAADMac/QWq4/QNmNmhBw=='],
  ['boolean', [true, false], 'AhABAAAAAAAAAAIDpNKgAAAACJ6JpBGCnO8L'],
  ['string', ['a', 'b', 'c'], 'AhABAAAAAAAAAAMDSTsSAAAADKqphA+arbkFzp/nBQ=='],
];
for (const [type, values, text] of SMALL) {
  void test(`sketch of some of type ${type}`, () => {
    assert.equal(sketchOf(values, type), `HLL_${text}`);
    assert.equal(sketchCount(`HLL_${text}`), BigInt(values.length));
  });
}

const LARGE: readonly (readonly [values: number, count: bigint, length: number, sha256: string])[] = [
  [100, 100n, 428, '4764bda1f7f3ad82'],
  [1000, 1000n, 3744, 'd5589e98536a92da'],
  [10_000, 10_000n, 27_684, '9a58d53b07c3641c'],
  [30_000, 29_996n, 77_992, '57df7e67ece0a409'],
  [60_000, 59_780n, 87_392, 'd3ba472c754e1507'],
];
for (const [values, count, length, sha256] of LARGE) {
  void test(`sketch of ${values} integers`, () => {
    const text = sketchOf(Array(values).keys(), 'integer');
    const body = text.slice('HLL_'.length);
    assert.equal(body.length, length);
    assert.equal(createHash('sha256').update(body).digest('hex').slice(0, 16), sha256);
    assert.equal(sketchCount(text), count);
  });
}

for (const text of [
  '',
  'HLL_',
  'text',
  'HLL_AhAB',
  'HLL_AhABAAAAAP////8=',
  `HLL_${Buffer.alloc(40, 255).toString('base64')}`,
]) {
  void test(`"${text}" is no sketch`, () => assert.equal(sketchCount(text), 0n));
}
