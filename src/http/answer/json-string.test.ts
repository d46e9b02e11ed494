import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GrowingBytes } from './byte-buffer.ts';
import { jsonError, jsonString, putJsonString } from './json-string.ts';

function written(text: string): string {
  const bytes = new GrowingBytes(1);
  putJsonString(bytes, text);
  return bytes.written().toString();
}

test('strings are escaped as Go escapes them', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', '""'],
    ['plain', '"plain"'],
    ['a<b>&c', '"a\\u003cb\\u003e\\u0026c"'],
    ['q"r\\s', '"q\\"r\\\\s"'],
    ['l\nr\rt\tb\bf\f', '"l\\nr\\rt\\tb\\u0008f\\u000c"'],
    ['\u0001\u001f\u007f', '"\\u0001\\u001f\u007f"'],
    ['\u2028\u2029', '"\\u2028\\u2029"'],
    ['Grüße 日本 😀', '"Grüße 日本 😀"'],
    ['/', '"/"'],
  ];
  for (const [input, expected] of cases) {
    assert.equal(jsonString(input), expected);
    assert.equal(written(input), expected);
  }
});

test('every string reads back as itself', () => {
  const codePoint = fc.oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }));
  fc.assert(
    fc.property(fc.array(codePoint), (codePoints) => {
      const text = String.fromCodePoint(...codePoints);
      assert.equal(JSON.parse(written(text)), text);
      assert.doesNotMatch(written(text), /[<>&\u2028\u2029]/);
    }),
  );
});

test('errors are one member and a line end', () => {
  assert.equal(jsonError('a "b"'), '{"error":"a \\"b\\""}\n');
  assert.equal(jsonError('x', true), '{\n    "error": "x"\n}\n');
});
