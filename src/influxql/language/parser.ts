// The door of the parser: a query is statements with semicolons between them.
import type { Expr, Query } from './ast.ts';
import { type BoundParameters, NO_PARAMETERS } from './parameters.ts';
import { parseExpr } from './parse-expression.ts';
import { parseStatement } from './parse-statement.ts';
import { quoteString } from './quote.ts';
import type { LadderText } from '../../ladder/index.ts';
import { parseRules } from './parse-ladder.ts';
import type { Statement } from './statement.ts';
import { TokenStream } from './token-stream.ts';

/**
 * Reads all statements of a query; an empty text has none. Throws `invalid` with InfluxDB's text
 * (`found X, expected A, B at line L, char C`) for the first error, and then nothing of the query may run.
 */
export function parseQuery(text: string, parameters: BoundParameters = NO_PARAMETERS): Query {
  const stream = new TokenStream(text, parameters);
  const statements: Statement[] = [];
  for (;;) {
    while (stream.accept(';'));
    if (stream.accept('eof')) return { statements };
    statements.push(parseStatement(stream));
    const token = stream.peek();
    if (token.kind !== ';' && token.kind !== 'eof') throw stream.unexpected(stream.next(), ';');
  }
}

/** Reads one expression, as in a WHERE clause; what follows it is an error. */
export function parseExpression(text: string, parameters: BoundParameters = NO_PARAMETERS): Expr {
  const stream = new TokenStream(text, parameters);
  const expr = parseExpr(stream);
  stream.expect('eof', 'end of expression');
  return expr;
}

/** Reads the rules of a ladder as they stand in a statement. */
export function parseLadderText(text: string): LadderText {
  const stream = new TokenStream(text, NO_PARAMETERS);
  const rules = parseRules(stream);
  stream.expect('eof', 'end of ladder');
  return rules;
}

/** The same where steps alone need no quotes: `1s:60h,10s:8d`. */
export function parseLadderRules(text: string): LadderText {
  return parseLadderText(/^\s*\d/.test(text) ? quoteString(text.trim()) : text);
}
