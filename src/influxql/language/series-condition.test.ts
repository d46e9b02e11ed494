import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type TagPredicate, matchesTags } from '../../model/index.ts';
import type { Expr } from './ast.ts';
import { binary, paren } from './ast.ts';
import { parseExpression } from './parser.ts';
import { printExpr } from './print-expression.ts';
import { type SeriesScope, bindTags, splitTags } from './series-condition.ts';

/** `v` and `w` are fields, all else are tags. */
const scope: SeriesScope = { measurement: 'cpu', hasField: (name) => name === 'v' || name === 'w', rules: 'index' };

function printPredicate(predicate: TagPredicate): string {
  if ('terms' in predicate) return `(${predicate.terms.map(printPredicate).join(` ${predicate.op} `)})`;
  if (predicate.op === 'const') return String(predicate.value);
  return `${predicate.tag}${predicate.op}${'value' in predicate ? predicate.value : `/${predicate.source}/`}`;
}

for (const [condition, series, rest] of [
  ["host = 'a'", 'host=a', '*'],
  ["'a' != host", 'host!=a', '*'],
  ['host =~ /^a/ AND zone !~ /b/', '(host=~/^a/ and zone!~/b/)', '*'],
  ["host = 'a' OR zone = 'b'", '(host=a or zone=b)', '*'],
  ["host = 'a' AND v > 1", 'host=a', 'v > 1'],
  ["v > 1 AND (host = 'a' AND w = 2) AND zone = 'b'", '(host=a and zone=b)', 'v > 1 AND w = 2'],
  ["host = 'a' OR v > 1", '*', "host = 'a' OR v > 1"],
  ["(host = 'a' OR v > 1) AND zone = 'b'", 'zone=b', "host = 'a' OR v > 1"],
  // Casts decide what a name means
  ["host::field = 'a'", '*', "host::field = 'a'"],
  ["v::tag = 'a'", 'v=a', '*'],
  ['v::float > 1', '*', 'v::float > 1'],
  // As in InfluxDB
  ["host > 'a'", 'host!=a', '*'],
  ['host = zone', '(host!= and zone!=)', '*'],
  ['host != zone', '(host!= and zone=)', '*'],
  ['host = v', '*', 'host = v'],
  ['host = 5', '*', 'host = 5'],
  ["_name = 'cpu'", '*', '*'],
  ["_name != 'cpu' AND v > 1", 'false', 'v > 1'],
  ['_name =~ /c/ AND v > 1', '*', 'v > 1'],
  ['false', 'false', '*'],
] as const) {
  void test(condition, () => {
    const split = splitTags(parseExpression(condition), scope);
    assert.equal(split.series === null ? '*' : printPredicate(split.series), series);
    assert.equal(split.rest === null ? '*' : printExpr(split.rest), rest);
  });
}

for (const [condition, host, expected] of [
  ["host = 'a' OR v > 1", 'a', '*'],
  ["host = 'a' OR v > 1", 'b', 'v > 1'],
  ["(host = 'a' AND v > 1) OR (host = 'b' AND v > 2)", 'b', '(v > 2)'],
  ["(host = 'a' AND v > 1) OR (host = 'b' AND v > 2)", 'c', 'false'],
  ["v > 1 OR host != ''", '', 'v > 1'],
  ['v = host', 'x', "v = 'x'"],
] as const) {
  void test(`${condition} where host is '${host}'`, () => {
    const bound = bindTags(parseExpression(condition), scope, () => host);
    assert.equal(bound === null ? '*' : bound === false ? 'false' : printExpr(bound), expected);
  });
}

/** What a condition says of one point, plainly. */
function holds(condition: Expr, tags: ReadonlyMap<string, string>, v: number): boolean {
  if (condition.kind === 'paren') return holds(condition.expr, tags, v);
  if (condition.kind === 'boolean') return condition.value;
  assert.ok(condition.kind === 'binary' && condition.left.kind === 'reference');
  const { left, op, right } = condition;
  if (op === '=' && right.kind === 'string') return (tags.get(left.name) ?? '') === right.value;
  if (op === '!=' && right.kind === 'string') return (tags.get(left.name) ?? '') !== right.value;
  if (op === '=~' && right.kind === 'regex') return new RegExp(right.source).test(tags.get(left.name) ?? '');
  assert.ok(op === '>' && right.kind === 'integer');
  return v > Number(right.value);
}

function holdsAll(condition: Expr, tags: ReadonlyMap<string, string>, v: number): boolean {
  if (condition.kind === 'paren') return holdsAll(condition.expr, tags, v);
  if (condition.kind !== 'binary' || (condition.op !== 'AND' && condition.op !== 'OR'))
    return holds(condition, tags, v);
  const [left, right] = [holdsAll(condition.left, tags, v), holdsAll(condition.right, tags, v)];
  return condition.op === 'AND' ? left && right : left || right;
}

const leaf = fc
  .constantFrom("t = 'a'", "u != 'b'", "t = ''", 'u =~ /^a|^$/', 'v > 1', 'v > 2')
  .map((text) => parseExpression(text));
const anyCondition = fc.letrec<{ expr: Expr }>((tie) => ({
  expr: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc
      .tuple(tie('expr'), fc.constantFrom('AND' as const, 'OR' as const), tie('expr'))
      .map(([left, op, right]) => binary(paren(left), op, paren(right))),
  ),
})).expr;

void test('the parts of a condition say together what the whole says', () => {
  const series = ['', 'a', 'b'].flatMap((t) =>
    ['', 'a', 'b'].map(
      (u) =>
        new Map([
          ['t', t],
          ['u', u],
        ]),
    ),
  );
  fc.assert(
    fc.property(anyCondition, (condition) => {
      const split = splitTags(condition, scope);
      for (const tags of series) {
        const tagValue = (tag: string): string => tags.get(tag) ?? '';
        const chosen = split.series === null || matchesTags(split.series, tagValue);
        const rest = split.rest === null ? null : bindTags(split.rest, scope, tagValue);
        for (const v of [1, 2, 3]) {
          const answer = chosen && rest !== false && (rest === null || holdsAll(rest, tags, v));
          assert.equal(
            answer,
            holdsAll(condition, tags, v),
            `${printExpr(condition)} for ${[...tags.values()].join()} ${v}`,
          );
        }
      }
    }),
    { numRuns: 300 },
  );
});
