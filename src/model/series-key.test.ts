import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type SeriesKey, decodeMeasurement, encodeSeriesKey, parseSeriesKey } from './series-key.ts';
import { isWeirError } from '../base/index.ts';

function key(measurement: string, ...tags: [string, string][]): SeriesKey {
  return { measurement, tags: tags.map(([name, value]) => ({ key: name, value })) };
}

/** The text of a key, and back. */
function encodes(given: SeriesKey, text: string): void {
  test(text, () => {
    assert.equal(encodeSeriesKey(given), text);
    assert.deepEqual(parseSeriesKey(text), given);
    assert.equal(decodeMeasurement(text.split(/(?<!\\),/)[0]), given.measurement);
  });
}

encodes(key('cpu'), 'cpu');
encodes(key('cpu', ['host', 'a'], ['region', 'b']), 'cpu,host=a,region=b');
encodes(key('c p,u', ['a=b', 'c d'], ['e,f', 'g=h']), 'c\\ p\\,u,a\\=b=c\\ d,e\\,f=g\\=h');
encodes(key('a=b', ['t', 'x']), 'a=b,t=x');
encodes(key('a\\b', ['c\\d', '\\e']), 'a\\b,c\\d=\\e');
// A backslash before a separator: it stays, and the separator has its own.
encodes(key('a\\,b', ['c\\ d', 'e\\\\=f']), 'a\\\\,b,c\\\\ d=e\\\\\\=f');
encodes(key('日本', ['é', 'ü ']), '日本,é=ü\\ ');
encodes(key('m', ['t', '"q"\n']), 'm,t="q"\n');

for (const refused of [key('a\\'), key('m', ['a\\', 'b']), key('m', ['a', 'b\\'])]) {
  test(`no key for ${JSON.stringify(refused)}`, () => {
    assert.throws(
      () => encodeSeriesKey(refused),
      (error) => isWeirError(error, 'invalid') && error.message.includes('ends in a backslash'),
    );
  });
}

test('parse ∘ encode is the identity', () => {
  const name = fc
    .string({ unit: fc.constantFrom('a', 'b', ',', '=', ' ', '\\', 'é'), minLength: 1, maxLength: 6 })
    .filter((text) => !text.endsWith('\\'));
  const tags = fc.uniqueArray(fc.tuple(name, name), { selector: ([tag]) => tag, maxLength: 4 });
  fc.assert(
    fc.property(name, tags, (measurement, pairs) => {
      const given = key(measurement, ...pairs);
      assert.deepEqual(parseSeriesKey(encodeSeriesKey(given)), given);
    }),
  );
});
