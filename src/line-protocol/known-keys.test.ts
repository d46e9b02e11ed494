import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KnownKeys, NO_KEY } from './known-keys.ts';
import { SeriesTable } from '../model/index.ts';

const table = new SeriesTable();
const words = (text: string) => new DataView(Uint8Array.from(Buffer.from(text)).buffer);
const intern = (key: string) => table.intern(Buffer.from(key), 0, key.length);
const find = (keys: KnownKeys, text: string) => keys.find(words(text), 0, text.length);
const add = (keys: KnownKeys, text: string, id: number) => keys.addAlias(words(text), 0, text.length, id);

const first = intern('cpu,a=1,b=2');
const second = intern('mem');

test('canonical keys and other spellings of them', () => {
  const keys = new KnownKeys(table);
  assert.equal(find(keys, 'cpu,b=2,a=1'), NO_KEY);
  const alias = add(keys, 'cpu,b=2,a=1', first);
  const canonical = find(keys, 'cpu,a=1,b=2');
  assert.equal(find(keys, 'cpu,b=2,a=1'), alias);
  assert.notEqual(alias, canonical);
  assert.deepEqual(
    [keys.seriesId(alias), keys.seriesId(canonical), keys.seriesId(find(keys, 'mem'))],
    [first, first, second],
  );
  assert.deepEqual([keys.length(alias), keys.length(find(keys, 'mem'))], [11, 3]);
  assert.ok(keys.equals(alias, words('xcpu,b=2,a=1 v'), 1));
  assert.ok(!keys.equals(alias, words('xcpu,b=2,a=2 v'), 1));
});

test('what came after what', () => {
  const keys = new KnownKeys(table);
  const alias = add(keys, 'cpu,b=2,a=1', first);
  const canonical = find(keys, 'mem');
  assert.deepEqual([keys.predict(NO_KEY), keys.predict(alias), keys.predict(canonical)], [NO_KEY, NO_KEY, NO_KEY]);
  keys.follow(NO_KEY, alias);
  keys.follow(alias, canonical);
  keys.follow(canonical, canonical);
  assert.deepEqual([keys.predict(alias), keys.predict(canonical)], [canonical, canonical]);
  keys.follow(canonical, alias);
  assert.deepEqual([keys.predict(alias), keys.predict(canonical)], [canonical, alias]);
});

test('spellings are bounded, and make room for others in the end', () => {
  const keys = new KnownKeys(table, 100);
  const spelling = (number: number) => `cpu,b=${String(number).padStart(4, '0')}`;
  const refs = Array.from({ length: 10 }, (_, number) => add(keys, spelling(number), first));
  assert.ok(!refs.includes(NO_KEY));
  keys.follow(refs[0], refs[1]);
  let refused = 0;
  while (add(keys, spelling(10 + refused), second) === NO_KEY) refused++;
  assert.ok(refused >= 10 && refused < 100, `${refused} refused`);
  assert.equal(find(keys, spelling(0)), NO_KEY);
  const ref = find(keys, spelling(10 + refused));
  assert.equal(keys.seriesId(ref), second);
  assert.equal(keys.predict(ref), NO_KEY);
  assert.equal(keys.last, NO_KEY);
});
