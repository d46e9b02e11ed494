import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TagPredicate, matchesTagValue, matchesTags } from './tag-predicate.ts';
import { isWeirError } from '../base/index.ts';

const TAGS = new Map([
  ['host', 'web-1'],
  ['region', 'eu'],
]);

const is = (tag: string, value: string): TagPredicate => ({ op: '=', tag, value });
const isNot = (tag: string, value: string): TagPredicate => ({ op: '!=', tag, value });
const like = (tag: string, source: string): TagPredicate => ({ op: '=~', tag, source });
const unlike = (tag: string, source: string): TagPredicate => ({ op: '!~', tag, source });
const all = (...terms: TagPredicate[]): TagPredicate => ({ op: 'and', terms });
const any = (...terms: TagPredicate[]): TagPredicate => ({ op: 'or', terms });

function matches(predicate: TagPredicate, expected: boolean): void {
  test(`${JSON.stringify(predicate)} is ${expected}`, () => {
    assert.equal(
      matchesTags(predicate, (tag) => TAGS.get(tag) ?? ''),
      expected,
    );
  });
}

matches(is('host', 'web-1'), true);
matches(is('host', 'web'), false);
matches(isNot('host', 'web'), true);
matches(isNot('host', 'web-1'), false);
// A missing tag is the empty value.
matches(is('rack', ''), true);
matches(isNot('rack', ''), false);
matches(isNot('rack', 'x'), true);
// Regular expressions are not anchored.
matches(like('host', 'eb-'), true);
matches(like('host', '^eb'), false);
matches(like('rack', '^$'), true);
matches(like('rack', '.'), false);
matches(unlike('host', '\\d$'), false);
matches(unlike('rack', '.'), true);
matches(all(), true);
matches(any(), false);
matches({ op: 'const', value: true }, true);
matches({ op: 'const', value: false }, false);
matches(all(is('host', 'web-1'), is('region', 'eu')), true);
matches(all(is('host', 'web-1'), is('region', 'us')), false);
matches(any(is('host', 'x'), all(is('region', 'eu'), like('host', '1'))), true);

test('an expression that is not RE2 is refused', () => {
  assert.throws(
    () => matchesTagValue({ op: '=~', tag: 'a', source: '(?=x)' }, 'x'),
    (error) => isWeirError(error, 'invalid'),
  );
});
