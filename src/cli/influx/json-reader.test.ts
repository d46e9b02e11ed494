import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWeirError } from '../../base/index.ts';
import { JsonReader } from './json-reader.ts';

/** All values of an array, as they were written. */
function raws(text: string): string[] {
  const reader = new JsonReader(text);
  const found: string[] = [];
  reader.array(() => found.push(reader.raw()));
  reader.end();
  return found;
}

test('values are handed over as they were written', () => {
  const cases: readonly (readonly [text: string, values: readonly string[]])[] = [
    ['[]', []],
    [' [ 1 , -0 , 1e+21 ] ', ['1', '-0', '1e+21']],
    ['[9223372036854775807,18446744073709551615]', ['9223372036854775807', '18446744073709551615']],
    ['[true,false,null]', ['true', 'false', 'null']],
    [String.raw`["a","\"","\\","\\\"",""]`, ['"a"', String.raw`"\""`, String.raw`"\\"`, String.raw`"\\\""`, '""']],
    ['[{"a":[1,"]"]},[2,[3]]]', ['{"a":[1,"]"]}', '[2,[3]]']],
  ];
  for (const [text, values] of cases) assert.deepEqual(raws(text), values, text);
});

test('strings, booleans and null', () => {
  const reader = new JsonReader(String.raw`["\u00fc\n","plain",null,true,null,null]`);
  const found: unknown[] = [];
  const reads = [() => reader.string(), () => reader.string(), () => reader.string(), () => reader.boolean()];
  reader.array(() => found.push((reads.shift() ?? (() => reader.acceptNull()))()));
  assert.deepEqual(found, ['ü\n', 'plain', '', true, true, true]);
});

test('what is no JSON is refused with its place', () => {
  const cases: readonly (readonly [text: string, message: RegExp])[] = [
    ['', /expected \[ at character 1, found the end/],
    ['[1', /expected \] at character 3/],
    ['[1,]', /expected a value at character 4, found \]/],
    ['[1] x', /expected the end at character 5, found x/],
    ['["abc]', /the string at character 2 does not end/],
    ['[{"a" 1}]', /expected : at character 7/],
  ];
  for (const [text, message] of cases) {
    assert.throws(
      () => raws(text),
      (error) => isWeirError(error, 'invalid') && message.test(error.message),
      text,
    );
  }
});
