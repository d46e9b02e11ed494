// What the parser reads from: tokens without spaces and comments, with bound parameters filled in.
import { WeirError } from '../../base/index.ts';
import { normalizeLineEnds, positionOf, scanRegex, scanToken, skipSpace } from './lexer.ts';
import type { Token, TokenKind } from './token.ts';
import { type BoundParameters, bindParameter } from './parameters.ts';

/** Deeper nesting of parentheses and subqueries is refused, so that walks over the tree may be recursive. */
const MAX_DEPTH = 400;

export class TokenStream {
  readonly #text: string;
  readonly #parameters: BoundParameters;
  #at = 0;
  #last: Token = { kind: 'eof', text: '', start: 0, end: 0 };
  #depth = 0;

  /** Begins at the index `at`. */
  constructor(text: string, parameters: BoundParameters, at = 0) {
    this.#text = normalizeLineEnds(text);
    this.#parameters = parameters;
    this.#at = at;
  }

  /** The next token that means something. */
  next(): Token {
    this.#at = skipSpace(this.#text, this.#at);
    return this.nextRaw();
  }

  /** The very next token: where `a.b` and `a . b`, or `f(x)` and `f (x)`, are different things. */
  nextRaw(): Token {
    const token = scanToken(this.#text, this.#at);
    return this.#take(token.kind === 'parameter' ? this.#bind(token) : token);
  }

  /** What `next` would give. */
  peek(): Token {
    return this.tryOut(() => this.next());
  }

  /** What `nextRaw` would give. */
  peekRaw(): Token {
    return this.tryOut(() => this.nextRaw());
  }

  /** What `read` gives, with nothing taken. */
  tryOut<T>(read: () => T): T {
    const [at, last] = [this.#at, this.#last];
    const result = read();
    [this.#at, this.#last] = [at, last];
    return result;
  }

  /** The token that was taken last. */
  last(): Token {
    return this.#last;
  }

  /** Takes the next token if it is of this kind. */
  accept(kind: TokenKind): boolean {
    const accepted = this.peek().kind === kind;
    if (accepted) this.next();
    return accepted;
  }

  /** Takes the very next token if it is of this kind. */
  acceptRaw(kind: TokenKind): boolean {
    const accepted = this.peekRaw().kind === kind;
    if (accepted) this.nextRaw();
    return accepted;
  }

  /** Takes a token of this kind or fails; `expected` is how the error calls it. */
  expect(kind: TokenKind, expected: string = kind): Token {
    const token = this.next();
    if (token.kind !== kind) throw this.unexpected(token, expected);
    return token;
  }

  /** Takes a sequence of keywords. */
  expectAll(...kinds: readonly TokenKind[]): void {
    for (const kind of kinds) this.expect(kind);
  }

  /** The character that comes next; empty at the end, which is then swallowed (see `lexer.ts`). */
  peekCharacter(): string {
    if (this.#at >= this.#text.length) this.#at = this.#text.length + 1;
    return this.#text[this.#at] ?? '';
  }

  /** Takes a regular expression if one comes next, written out or as a parameter. */
  acceptRegexToken(): Token | undefined {
    this.#at = skipSpace(this.#text, this.#at);
    const character = this.peekCharacter();
    if (character === '/') {
      return this.#take(scanRegex(this.#text, this.#at));
    }
    return character === '$' && this.peekRaw().kind === 'regex' ? this.nextRaw() : undefined;
  }

  /** Runs `parse` one level deeper. */
  nested<T>(parse: () => T): T {
    if (this.#depth >= MAX_DEPTH) throw this.error(`query is nested more than ${MAX_DEPTH} levels deep`, this.peek());
    this.#depth++;
    const result = parse();
    this.#depth--;
    return result;
  }

  /** `found X, expected A, B at line L, char C`. */
  unexpected(token: Token, ...expected: readonly string[]): WeirError {
    return this.error(`found ${describe(token)}, expected ${expected.join(', ')}`, token);
  }

  /** The message, followed by the token's position. */
  error(message: string, token: Pick<Token, 'start'>): WeirError {
    const { line, char } = positionOf(this.#text, token.start);
    return new WeirError('invalid', `${message} at line ${line}, char ${char}`);
  }

  #take(token: Token): Token {
    this.#at = token.end;
    this.#last = token;
    return token;
  }

  #bind(token: Token): Token {
    const name = token.text.slice(1);
    if (name === '' || !this.#parameters.has(name)) return token;
    return { ...token, ...bindParameter(this.#parameters.get(name)) };
  }
}

/** A literal stands for itself, everything else for its kind. */
function describe(token: Token): string {
  if (token.text !== '') return token.text;
  switch (token.kind) {
    case 'identifier':
      return 'IDENT';
    case 'bad string':
    case 'bad escape':
    case 'comment':
      return token.kind.replace(' ', '').toUpperCase();
    default:
      return token.kind === token.kind.toLowerCase() ? token.kind.toUpperCase() : token.kind;
  }
}
