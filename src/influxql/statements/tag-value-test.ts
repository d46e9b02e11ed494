// The part of a condition that speaks of `value`: in SHOW TAG VALUES that is the value of whatever tag is shown.
import { compileRegex } from '../../base/index.ts';
import type { Binary, Expr } from '../language/ast.ts';

export type ValueTest = (value: string) => boolean;

/** null = the condition does not speak of `value`. What it says of anything else is left out, under OR, too. */
export function valueTest(condition: Expr | null): ValueTest | null {
  if (condition === null) return null;
  if (condition.kind === 'paren') return valueTest(condition.expr);
  if (condition.kind !== 'binary') return null;
  if (condition.op !== 'AND' && condition.op !== 'OR') return comparisonTest(condition);
  const left = valueTest(condition.left);
  const right = valueTest(condition.right);
  if (left === null || right === null) return left ?? right;
  return condition.op === 'AND' ? (value) => left(value) && right(value) : (value) => left(value) || right(value);
}

function comparisonTest({ left, op, right }: Binary): ValueTest | null {
  if (left.kind !== 'reference' || left.name !== 'value') return null;
  if (op !== '=' && op !== '!=' && op !== '=~' && op !== '!~') return null;
  const positive = op === '=' || op === '=~';
  if (right.kind === 'regex') {
    const regex = compileRegex(right.source);
    return (value) => regex.test(value) === positive;
  }
  // A tag's value is a string: it is neither equal nor unequal to anything else.
  return right.kind === 'string' ? (value) => (value === right.value) === positive : () => false;
}
