// Regular expressions with the syntax and the linear run time of Go's RE2, as InfluxQL and Flux define them.
import { RE2JS } from 're2js';
import { WeirError, messageOf } from './error.ts';

export interface Regex {
  /** The pattern as written, without slashes. */
  readonly source: string;
  /** True when some part of `text` matches (unanchored). */
  test(text: string): boolean;
}

/** Throws `invalid` when the pattern is not RE2. */
export function compileRegex(source: string): Regex {
  let pattern: RE2JS;
  try {
    pattern = RE2JS.compile(source);
  } catch (error) {
    throw new WeirError('invalid', `invalid regular expression: ${messageOf(error)}`, error);
  }
  return { source, test: (text) => pattern.matcher(text).find() };
}
