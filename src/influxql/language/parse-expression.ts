// Expressions: fields, conditions, dimensions.
//
//     expr      = unary ( operator unary )*                 by precedence, all operators to the left
//     operator  = OR < AND < = != =~ !~ < <= > >= < + - | ^ < * / % &
//     unary     = "(" expr ")" | ( "+" | "-" ) unary | call | DISTINCT name | reference | literal | wildcard
//     call      = name "(" [ argument { "," argument } ] ")"      no space before "("
//     argument  = regex | expr
//     reference = name { "." name } [ "::" type ]
//     wildcard  = "*" [ "::" ( FIELD | TAG ) ]
//
// The right side of `=~` and `!~` is a regex.
import { WeirError, compileRegex, messageOf } from '../../base/index.ts';
import type { BinaryOperator, CastType, Expr, RegexLiteral } from './ast.ts';
import { binary, integer } from './ast.ts';
import { parseDurationText } from './durations.ts';
import type { Token } from './token.ts';
import { quoteIdentifier } from './quote.ts';
import type { TokenStream } from './token-stream.ts';

const PRECEDENCE: ReadonlyMap<string, number> = new Map(
  [['OR'], ['AND'], ['=', '!=', '=~', '!~', '<', '<=', '>', '>='], ['+', '-', '|', '^'], ['*', '/', '%', '&']].flatMap(
    (operators, index) => operators.map((operator) => [operator, index + 1]),
  ),
);

/** Long chains of AND or OR, which programs write, become balanced trees; shorter ones lean to the left. */
const MAX_LEANING_TERMS = 200;
/** Other chains cannot be balanced, so their length is bounded. */
const MAX_ARITHMETIC_TERMS = 2000;

const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

export function parseExpr(stream: TokenStream): Expr {
  return stream.nested(() => parseOperators(stream, 1));
}

/** A regular expression if one comes next. It is compiled here, once, to report its errors at their place. */
export function parseOptionalRegex(stream: TokenStream): RegexLiteral | undefined {
  const token = stream.acceptRegexToken();
  if (token === undefined) return undefined;
  if (token.kind === 'bad regex') throw stream.error('bad regex: ', token);
  return regexLiteral(stream, token);
}

export interface DottedNames {
  readonly names: readonly string[];
  /** Whether they end with a dot: a regex or a colon comes next, which is for the caller to read. */
  readonly open: boolean;
}

/** Names joined by dots without spaces; `a..b` has an empty name inside. */
export function parseDottedNames(stream: TokenStream, first: Token = stream.expect('identifier')): DottedNames {
  const names = [first.text];
  let open = false;
  while (!open && stream.acceptRaw('.')) {
    const character = stream.peekCharacter();
    if (character === '/' || character === ':') open = true;
    else names.push(character === '.' ? '' : stream.expect('identifier').text);
  }
  if (names.length > 3) throw stream.error(`too many segments in ${quoteIdentifier(...names)}`, { start: 0 });
  return { names, open };
}

/** All that binds at least as strongly as `precedence`. */
function parseOperators(stream: TokenStream, precedence: number): Expr {
  if (precedence > 5) return parseUnary(stream);
  let left = parseOperators(stream, precedence + 1);
  const terms = [left];
  for (let count = 1; ; count++) {
    const op = stream.peek().kind;
    if (PRECEDENCE.get(op) !== precedence) break;
    const token = stream.next();
    const right = op === '=~' || op === '!~' ? parseRequiredRegex(stream) : parseOperators(stream, precedence + 1);
    if (precedence > 2 && count >= MAX_ARITHMETIC_TERMS) {
      throw stream.error(`expression has more than ${MAX_ARITHMETIC_TERMS} terms`, token);
    }
    if (precedence <= 2) terms.push(right);
    else left = binary(left, op as BinaryOperator, right);
  }
  return precedence <= 2 ? joinTerms(terms, precedence === 1 ? 'OR' : 'AND') : left;
}

function joinTerms(terms: readonly Expr[], op: 'AND' | 'OR'): Expr {
  if (terms.length <= MAX_LEANING_TERMS) return terms.reduce((left, right) => binary(left, op, right));
  const middle = terms.length >> 1;
  return binary(joinTerms(terms.slice(0, middle), op), op, joinTerms(terms.slice(middle), op));
}

/** The right side of `=~` and `!~`. */
export function parseRequiredRegex(stream: TokenStream): RegexLiteral {
  const regex = parseOptionalRegex(stream);
  if (regex === undefined) throw stream.unexpected(stream.next(), 'regex');
  return regex;
}

function parseUnary(stream: TokenStream): Expr {
  const token = stream.next();
  switch (token.kind) {
    case '(': {
      const expr = parseExpr(stream);
      stream.expect(')');
      return { kind: 'paren', expr };
    }
    case '+':
    case '-':
      return parseSigned(stream, token.kind === '-');
    case 'identifier':
      return stream.acceptRaw('(') ? parseCall(stream, token.text) : parseReference(stream, token);
    case 'DISTINCT':
      return parseDistinct(stream);
    case '*':
      return { kind: 'wildcard', type: stream.acceptRaw('::') ? parseWildcardType(stream) : null };
    default:
      return parseLiteral(stream, token);
  }
}

function parseLiteral(stream: TokenStream, token: Token): Expr {
  switch (token.kind) {
    case 'string':
      return { kind: 'string', value: token.text };
    case 'number':
      return { kind: 'number', value: Number(token.text) };
    case 'integer':
      return integerLiteral(stream, token);
    case 'TRUE':
    case 'FALSE':
      return { kind: 'boolean', value: token.kind === 'TRUE' };
    case 'duration':
      return { kind: 'duration', ns: parseDurationText(token.text) };
    case 'regex':
      return regexLiteral(stream, token);
    case 'parameter':
      throw missingParameter(token.text);
    default:
      throw stream.unexpected(token, 'identifier', 'string', 'number', 'bool');
  }
}

/** What is beyond int64 is unsigned. */
function integerLiteral(stream: TokenStream, token: Token): Expr {
  const value = BigInt(token.text);
  if (value <= INT64_MAX) return integer(value);
  if (value <= UINT64_MAX) return { kind: 'unsigned', value };
  throw stream.error('unable to parse integer', token);
}

function regexLiteral(stream: TokenStream, token: Token): RegexLiteral {
  try {
    compileRegex(token.text);
  } catch (error) {
    // The compiler's own words are InfluxDB's.
    throw stream.error(messageOf(error instanceof WeirError ? (error.cause ?? error) : error), token);
  }
  return { kind: 'regex', source: token.text };
}

function missingParameter(text: string): WeirError {
  if (text === '$') return new WeirError('invalid', 'empty bound parameter');
  return new WeirError('invalid', text.startsWith('$') ? `missing parameter: ${text.slice(1)}` : text);
}

/** A sign folds into a number and multiplies everything else. */
function parseSigned(stream: TokenStream, negative: boolean): Expr {
  const token = stream.peek();
  if (!['number', 'integer', 'duration', '(', 'identifier'].includes(token.kind)) {
    throw stream.unexpected(stream.next(), 'identifier', 'number', 'duration', '(');
  }
  const operand = parseUnary(stream);
  switch (operand.kind) {
    case 'number':
      return negative ? { kind: 'number', value: -operand.value } : operand;
    case 'integer':
      return negative ? integer(-operand.value) : operand;
    case 'duration':
      return negative ? { kind: 'duration', ns: -operand.ns } : operand;
    case 'unsigned':
      if (!negative) return operand;
      if (operand.value === INT64_MAX + 1n) return integer(-operand.value);
      throw new WeirError('invalid', `constant -${operand.value} underflows int64`);
    default:
      return binary(integer(negative ? -1n : 1n), '*', operand);
  }
}

function parseReference(stream: TokenStream, first: Token): Expr {
  const { names } = parseDottedNames(stream, first);
  return {
    kind: 'reference',
    name: names.join('.'),
    type: stream.acceptRaw('::') ? parseCastType(stream) : null,
  };
}

function parseCastType(stream: TokenStream): CastType {
  const token = stream.nextRaw();
  if (token.kind === 'FIELD') return 'field';
  if (token.kind === 'TAG') return 'tag';
  if (token.kind !== 'identifier') {
    throw stream.unexpected(token, 'float', 'integer', 'string', 'boolean', 'field', 'tag');
  }
  const type = token.text.toLowerCase();
  switch (type) {
    case 'float':
    case 'integer':
    case 'unsigned':
    case 'string':
    case 'boolean':
      return type;
    default:
      throw stream.unexpected(token, 'float', 'integer', 'unsigned', 'string', 'boolean', 'field', 'tag');
  }
}

function parseWildcardType(stream: TokenStream): 'field' | 'tag' {
  const token = stream.nextRaw();
  if (token.kind === 'FIELD') return 'field';
  if (token.kind === 'TAG') return 'tag';
  throw stream.unexpected(token, 'field', 'tag');
}

function parseDistinct(stream: TokenStream): Expr {
  const token = stream.nextRaw();
  if (token.kind === '(') return parseCall(stream, 'distinct');
  if (token.kind !== 'space') throw stream.unexpected(token, '(', 'identifier');
  return { kind: 'distinct', name: stream.expect('identifier').text };
}

/** From behind the opening parenthesis. */
function parseCall(stream: TokenStream, name: string): Expr {
  const args: Expr[] = [];
  const first = parseOptionalRegex(stream);
  if (first !== undefined) args.push(first);
  else if (stream.accept(')')) return { kind: 'call', name: name.toLowerCase(), args };
  else args.push(parseExpr(stream));
  while (stream.accept(',')) args.push(parseOptionalRegex(stream) ?? parseExpr(stream));
  stream.expect(')');
  return { kind: 'call', name: name.toLowerCase(), args };
}
