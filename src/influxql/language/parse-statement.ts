// Finds the statement by its first keywords.
import { parseSelect } from './parse-select.ts';
import type { Statement } from './statement.ts';
import type { TokenStream } from './token-stream.ts';

/** Reads one statement from behind the keywords that lead to it. */
type StatementParser = (stream: TokenStream) => Statement;

/** The order of the entries is the order in which errors list what was expected. */
interface KeywordTree {
  readonly [keyword: string]: KeywordTree | StatementParser;
}

const STATEMENTS: KeywordTree = {
  SELECT: (stream) => parseSelect(stream),
};

export function parseStatement(stream: TokenStream): Statement {
  let tree = STATEMENTS;
  for (;;) {
    const token = stream.next();
    const entry = Object.hasOwn(tree, token.kind) ? tree[token.kind] : undefined;
    if (entry === undefined) throw stream.unexpected(token, ...Object.keys(tree));
    if (typeof entry === 'function') return entry(stream);
    tree = entry;
  }
}
