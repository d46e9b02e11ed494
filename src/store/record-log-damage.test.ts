import assert from 'node:assert/strict';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { encodeRecordFile } from './record-file.ts';
import { balance, filledLog, nameOf, withStore } from './test-support/filled-log.ts';
import { rejects } from './test-support/store-contract.ts';
import { fold, openSumLog } from './test-support/sum-log.ts';

test('damage is corrupt and names the file; nothing is passed over', async (t) => {
  const flip = (at: number) => async (path: string) => {
    const bytes = await readFile(path);
    bytes[at < 0 ? bytes.length + at : at] ^= 1;
    await writeFile(path, bytes);
  };
  const cut = (length: number) => async (path: string) => writeFile(path, (await readFile(path)).subarray(0, length));
  const record = (number: number) => `sum/record/${nameOf(number)}`;
  for (const [what, file, damage, message] of [
    [
      'first byte',
      record(6),
      flip(0),
      /record\/0{15}6\.json carries checksum \w{8} at byte 10\d, but its bytes give \w{8}/,
    ],
    ['body', record(6), flip(80), /0{15}6\.json carries checksum/],
    ['checksum', record(6), flip(-5), /0{15}6\.json (carries|has no) checksum/],
    ['last byte', record(6), flip(-1), /0{15}6\.json has no checksum at byte 10\d of 12\d/],
    ['empty', record(6), cut(0), /0{15}6\.json has no checksum at byte 0 of 0/],
    ['tiny', record(6), cut(10), /0{15}6\.json has no checksum/],
    ['torn', record(10), cut(-3), /0{14}10\.json has no checksum/],
    ['missing first', record(5), rm, /0{15}5\.json is missing, but sum\/record\/0{15}6\.json exists/],
    ['missing middle', record(8), rm, /0{15}8\.json is missing, but sum\/record\/0{15}9\.json exists/],
    [
      'misplaced',
      record(8),
      (path: string) => copyFile(path, path.replace('8.json', '7.json')),
      /7\.json holds record 8 instead of record 7/,
    ],
    [
      'stray',
      record(8),
      (path: string) => writeFile(path.replace('8.json', '8.json.orig'), ''),
      /does not belong in a record log/,
    ],
    ['checkpoint', `sum/checkpoint/${nameOf(4)}`, flip(40), /checkpoint\/0{15}4\.json carries checksum/],
    ['torn checkpoint', `sum/checkpoint/${nameOf(4)}`, cut(30), /checkpoint\/0{15}4\.json has no checksum/],
  ] as const) {
    const { dir, store } = await withStore(t);
    await filledLog(store, 10, 2, 4);
    const early = openSumLog(store);
    await damage(join(dir, file));
    await rejects(early.load(), 'corrupt', message);
    assert.equal(early.lastNumber, 0, what);
  }
});

test('a damaged checkpoint can be removed: the one before it and its records lead to the same state', async (t) => {
  const { dir, store } = await withStore(t);
  await filledLog(store, 20, 5, 10, 15);
  await rm(join(dir, 'sum/checkpoint', nameOf(15)));
  const loaded = await openSumLog(store).load();
  assert.equal(loaded.checkpoint?.number, 10);
  assert.equal(balance(fold(loaded)), 20);
});

test('a body that its owner does not understand is corrupt, another format is not implemented', async (t) => {
  const { dir, store } = await withStore(t);
  const foreign = openSumLog(store);
  await foreign.append({ account: 7 as unknown as string, amount: 1n });
  await rejects(openSumLog(store).load(), 'corrupt', /0{15}1\.json: a deposit has no account/);

  const newer = Buffer.from(encodeRecordFile({ kind: 'record', number: 1, writer: '', body: {} })).toString();
  const checked = newer.slice(0, -21).replace('"format":1', '"format":2');
  const crc = crc32(checked).toString(16).padStart(8, '0');
  await writeFile(join(dir, 'sum/record', nameOf(1)), `${checked},"crc32":"${crc}"}\n`);
  await rejects(openSumLog(store).load(), 'not implemented', /has format 2; this version of Weir reads format 1/);
});
