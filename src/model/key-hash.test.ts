import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashKey } from './key-hash.ts';

const hash = (bytes: Uint8Array) =>
  hashKey(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length);

test('the same bytes have the same hash, wherever they stand', () => {
  for (let length = 0; length < 40; length++) {
    const key = Uint8Array.from({ length }, (_, at) => 33 + at);
    const around = Uint8Array.from({ length: length + 20 }, () => 0xaa);
    around.set(key, 7);
    assert.equal(hashKey(new DataView(around.buffer), 7, 7 + length), hash(key));
  }
});

/** Few of `keys` may share a hash or its low bits. */
function spreads(name: string, keys: readonly Uint8Array[]): void {
  test(`spreads ${name}`, () => {
    const hashes = keys.map(hash);
    assert.ok(new Set(hashes).size >= keys.length - 20, `${keys.length - new Set(hashes).size} collisions`);
    const slots = 2 * keys.length;
    const used = new Set(hashes.map((value) => (value >>> 0) % slots)).size;
    // Random hashes would use 1 - e^(-1/2) = 39 % of the slots.
    assert.ok(used > 0.37 * slots, `${used} of ${slots} slots`);
  });
}

const text = (count: number, key: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => Buffer.from(key(index)));

spreads(
  'numbered hosts',
  text(50_000, (index) => `cpu,hostname=host_${index},region=eu-central-1`),
);
spreads(
  'lengths',
  text(2000, (index) => 'a'.repeat(index)),
);
spreads(
  'single bits',
  Array.from({ length: 1600 }, (_, bit) =>
    Uint8Array.from({ length: 200 }, (_, at) => (at === bit >> 3 ? 1 << (bit & 7) : 0)),
  ),
);
// Pairs of changes that cancel out in hashes made of rotations and products.
spreads(
  'changes in the top bits of neighbours',
  Array.from({ length: 4096 }, (_, choice) => {
    const key = new Uint8Array(200);
    for (let pair = 0; pair < 12; pair++) {
      if ((choice >> pair) % 2 === 1) {
        key[16 * pair + 3] = 0x40;
        key[16 * pair + 9] = 0x20;
      }
    }
    return key;
  }),
);
