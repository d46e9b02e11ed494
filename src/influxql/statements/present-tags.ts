// Conditions under which a tag that a series lacks compares as neither equal nor unequal, which is how InfluxDB chooses
// among the tag values of a series when it counts them.
import { compileRegex } from '../../base/index.ts';
import type { Snapshot } from '../../view/index.ts';
import type { Binary, Expr } from '../language/ast.ts';
import { type SeriesScope, isFieldReference } from '../language/series-condition.ts';

/** null = every series passes. Comparisons of anything but a tag with a string or regex fail. */
export function presentTagsTest(
  condition: Expr | null,
  scope: SeriesScope,
  snapshot: Snapshot,
): ((id: number) => boolean) | null {
  if (condition === null) return null;
  const test = tagsTest(condition, scope);
  return (id) => {
    const tags = new Map(snapshot.tags(id).map((tag) => [tag.key, tag.value]));
    return test(tags);
  };
}

type TagsTest = (tags: ReadonlyMap<string, string>) => boolean;

function tagsTest(condition: Expr, scope: SeriesScope): TagsTest {
  switch (condition.kind) {
    case 'paren':
      return tagsTest(condition.expr, scope);
    case 'boolean':
      return () => condition.value;
    case 'binary': {
      if (condition.op !== 'AND' && condition.op !== 'OR') return comparisonTest(condition, scope);
      const left = tagsTest(condition.left, scope);
      const right = tagsTest(condition.right, scope);
      return condition.op === 'AND' ? (tags) => left(tags) && right(tags) : (tags) => left(tags) || right(tags);
    }
    default:
      return () => false;
  }
}

function comparisonTest({ left, op, right }: Binary, scope: SeriesScope): TagsTest {
  if (left.kind !== 'reference' || isFieldReference(left, scope)) return () => false;
  const matches = valueMatch(right);
  if (matches === undefined || (op !== '=' && op !== '!=' && op !== '=~' && op !== '!~')) return () => false;
  const positive = op === '=' || op === '=~';
  return (tags) => {
    const value = left.name === '_name' ? scope.measurement : tags.get(left.name);
    return value !== undefined && matches(value) === positive;
  };
}

function valueMatch(right: Expr): ((value: string) => boolean) | undefined {
  if (right.kind === 'string') return (value) => value === right.value;
  if (right.kind !== 'regex') return undefined;
  const regex = compileRegex(right.source);
  return (value) => regex.test(value);
}
