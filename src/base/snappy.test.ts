import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isWeirError } from './error.ts';
import { decodeSnappy, encodeSnappy } from './snappy.ts';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const plain = (text: string): string => Buffer.from(decodeSnappy(hex(text))).toString('latin1');

test('elements, by hand', () => {
  assert.equal(plain('00'), '');
  assert.equal(plain('03 08 616263'), 'abc');
  assert.equal(plain('03 f0 02 616263'), 'abc', 'a literal with its length in a byte');
  assert.equal(plain('03 f4 0200 616263'), 'abc', '…in two bytes');
  assert.equal(plain('08 0c 61626364 01 04'), 'abcdabcd', 'a copy of one byte of distance');
  assert.equal(plain('08 0c 61626364 0e 0400'), 'abcdabcd', '…of two');
  assert.equal(plain('08 0c 61626364 0f 04000000'), 'abcdabcd', '…of four');
  assert.equal(plain('0a 00 61 22 0100'), 'aaaaaaaaaa', 'a copy that runs into what it writes');
});

test('what is no block is refused', () => {
  const refused = (text: string, reason: RegExp): void =>
    assert.throws(
      () => decodeSnappy(hex(text)),
      (error) => isWeirError(error, 'corrupt') && reason.test(error.message),
    );
  refused('', /no length/);
  refused('ff ff ff ff ff 01', /no length/);
  refused('04 08 616263', /4 bytes are announced, 3 are there/);
  refused('02 08 616263', /more bytes than it announces/);
  refused('03 08 6162', /literal runs over/);
  refused('05 00 61 22 0200', /before its start/);
  refused('05 00 61 22 0000', /before its start/);
  refused('05 00 61 22 01', /within an element/);
  refused('02 00 61 22 0100', /more bytes than it announces/);
  refused('ff ff ff 7f 00 61', /beyond what it can hold/);
});

test('a limit is told before anything is decoded', () => {
  assert.throws(
    () => decodeSnappy(hex('c8 01 00 61 fe 0100 fe 0100 fe 0100 1a 0100'), 100),
    (error) => isWeirError(error, 'too large'),
  );
});

test('what was encoded is decoded', () => {
  const text = fc.array(fc.constantFrom('cpu,host=', 'a', 'bb', 'usage_idle', '\n', '0123456789'), { maxLength: 400 });
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }),
    text.map((words) => new TextEncoder().encode(words.join(''))),
  );
  fc.assert(fc.property(bytes, (each) => assert.deepEqual(decodeSnappy(encodeSnappy(each)), each)));
});

test('long inputs: repeats become short, noise hardly longer', () => {
  const repeated = new Uint8Array(1_000_000).map((_, at) => (at >> 4) & 0xff);
  const small = encodeSnappy(repeated);
  assert.ok(small.length < repeated.length / 8, `${small.length}`);
  assert.deepEqual(decodeSnappy(small), repeated);
  let state = 1;
  const noise = new Uint8Array(300_000).map(() => (state = (Math.imul(state, 48271) >>> 0) % 2147483647) & 0xff);
  const large = encodeSnappy(noise);
  assert.ok(large.length < noise.length * 1.01 + 32, `${large.length}`);
  assert.deepEqual(decodeSnappy(large), noise);
});
