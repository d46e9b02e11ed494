import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isWeirError } from '../../base/index.ts';
import { WireReader, WireWriter } from './wire.ts';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

test('fields, by hand', () => {
  const reader = new WireReader(
    hex('08 96 01 12 07 74 65 73 74 69 6e 67 19 00 00 00 00 00 00 f8 3f 25 01 02 03 04 30 01'),
  );
  const read: unknown[] = [];
  while (reader.next()) {
    read.push(reader.field);
    if (reader.field === 1 || reader.field === 6) read.push(reader.varint());
    else if (reader.field === 2) read.push(reader.text());
    else if (reader.field === 3) read.push(reader.double());
    else reader.skip();
  }
  assert.deepEqual(read, [1, 150, 2, 'testing', 3, 1.5, 4, 6, 1]);
});

test('what was written is read', () => {
  const number = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.constantFrom(0, 127, 128, 2 ** 28, -1, -(2 ** 53 - 1)));
  fc.assert(
    fc.property(number, fc.double(), fc.string({ unit: 'grapheme' }), (whole, value, text) => {
      const writer = new WireWriter();
      writer.number(1, whole);
      writer.double(2, value);
      writer.text(300, text);
      const reader = new WireReader(writer.finish());
      assert.ok(reader.next());
      assert.equal(reader.varint(), whole);
      assert.ok(reader.next());
      assert.equal(reader.double(), value);
      assert.ok(reader.next());
      assert.deepEqual([reader.field, reader.text()], [300, text]);
      assert.ok(!reader.next());
    }),
  );
});

test('what is cut short or no message is refused', () => {
  const refused = (text: string): void =>
    assert.throws(
      () => {
        const reader = new WireReader(hex(text));
        while (reader.next()) reader.skip();
      },
      (error) => isWeirError(error, 'invalid'),
    );
  for (const text of [
    '08',
    '08 80',
    '0a 05 61',
    '09 00',
    '0d 00',
    '0b',
    '00 00',
    '0a ff ff ff ff ff ff ff ff ff 01',
    `08 ${'ff'.repeat(11)}`,
  ]) {
    refused(text);
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const reader = new WireReader(Buffer.from(bytes));
      try {
        while (reader.next()) reader.skip();
      } catch (error) {
        assert.ok(isWeirError(error, 'invalid'), String(error));
      }
    }),
  );
});
