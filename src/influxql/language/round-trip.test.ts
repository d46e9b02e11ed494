// What is printed reads back as what it was.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isWeirError } from '../../base/index.ts';
import { anyCondition, anySelect } from '../test-support/random-query.ts';
import { anyLadderStatement } from '../test-support/random-ladder.ts';
import { parseExpression, parseQuery } from './parser.ts';
import { printExpr } from './print-expression.ts';
import { printQuery } from './print-statement.ts';

void test('a condition that is printed reads back as itself', () => {
  fc.assert(
    fc.property(anyCondition, (condition) => {
      assert.deepEqual(parseExpression(printExpr(condition)), condition);
    }),
    { numRuns: 500 },
  );
});

void test('a SELECT that is printed reads back as itself', () => {
  fc.assert(
    fc.property(anySelect, (statement) => {
      assert.deepEqual(parseQuery(printQuery({ statements: [statement] })).statements, [statement]);
    }),
    { numRuns: 300 },
  );
});

void test('a statement about ladders that is printed reads back as itself', () => {
  fc.assert(
    fc.property(anyLadderStatement, (statement) => {
      assert.deepEqual(parseQuery(printQuery({ statements: [statement] })).statements, [statement]);
    }),
    { numRuns: 500 },
  );
});

void test('a damaged query is read or refused, and nothing else', () => {
  const damaged = fc.tuple(anySelect, fc.nat(), fc.nat(20), fc.string()).map(([statement, at, length, junk]) => {
    const text = printQuery({ statements: [statement] });
    const start = at % (text.length + 1);
    return text.slice(0, start) + junk + text.slice(start + length);
  });
  fc.assert(
    fc.property(damaged, (text) => {
      try {
        parseQuery(text);
      } catch (error) {
        assert.ok(isWeirError(error, 'invalid'), String(error));
      }
    }),
    { numRuns: 500 },
  );
});
