// A condition on a series' tags, as data: what a query, a delete or a SHOW statement hands to the series index.
// A tag that a series lacks has the value "".
import { type Regex, compileRegex } from '../base/index.ts';

export type TagPredicate =
  | { readonly op: 'and' | 'or'; readonly terms: readonly TagPredicate[] }
  | { readonly op: 'const'; readonly value: boolean }
  | TagComparison;

export type TagComparison =
  | { readonly op: '=' | '!='; readonly tag: string; readonly value: string }
  | { readonly op: '=~' | '!~'; readonly tag: string; readonly source: string };

const regexes = new WeakMap<TagComparison, Regex>();

/** Whether one value of the tag satisfies the comparison. */
export function matchesTagValue(comparison: TagComparison, value: string): boolean {
  if ('value' in comparison) return (value === comparison.value) === (comparison.op === '=');
  let regex = regexes.get(comparison);
  if (regex === undefined) {
    regex = compileRegex(comparison.source);
    regexes.set(comparison, regex);
  }
  return regex.test(value) === (comparison.op === '=~');
}

/** Evaluates a predicate for one series, plainly. The series index has the fast way for many. */
export function matchesTags(predicate: TagPredicate, tagValue: (tag: string) => string): boolean {
  switch (predicate.op) {
    case 'and':
      return predicate.terms.every((term) => matchesTags(term, tagValue));
    case 'or':
      return predicate.terms.some((term) => matchesTags(term, tagValue));
    case 'const':
      return predicate.value;
    default:
      return matchesTagValue(predicate, tagValue(predicate.tag));
  }
}
