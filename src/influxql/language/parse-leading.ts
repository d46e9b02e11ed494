// Reads statements one by one off a text that holds more than InfluxQL: the shell's scripts.
import type { Statement } from './ast.ts';
import { NO_PARAMETERS } from './parameters.ts';
import { STATEMENT_KEYWORDS, parseStatement } from './parse-statement.ts';
import { skipSpace } from './lexer.ts';
import { TokenStream } from './token-stream.ts';

export interface LeadingStatement {
  readonly statement: Statement;
  /** Where the text behind its last token begins. */
  readonly end: number;
}

/**
 * The statement that begins at `at`; what follows it may be anything. Line ends have to be `\n`. Throws `invalid` for what is
 * no statement, with positions in the whole text.
 */
export function parseStatementAt(text: string, at: number): LeadingStatement {
  const stream = new TokenStream(text, NO_PARAMETERS, at);
  const statement = parseStatement(stream);
  return { statement, end: Math.min(stream.last().end, text.length) };
}

/** Where the next token is, past spaces and comments; the text's length when there is none. */
export function nextTokenAt(text: string, at: number): number {
  return Math.min(skipSpace(text, at), text.length);
}

/** Whether a statement can begin with this word, in any case. No statement goes on with one of these at its end. */
export function beginsStatement(word: string): boolean {
  return STATEMENT_KEYWORDS.has(word.toUpperCase());
}
