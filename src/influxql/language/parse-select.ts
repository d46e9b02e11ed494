// SELECT, and the clauses that other statements share with it.
//
//     select     = SELECT field { "," field } [ INTO target ] FROM source { "," source } [ WHERE expr ]
//                  [ GROUP BY dimension { "," dimension } ] [ fill(…) ] [ ORDER BY sort ]
//                  [ LIMIT n ] [ OFFSET n ] [ SLIMIT n ] [ SOFFSET n ] [ tz('zone') ]
//     field      = ( regex | expr ) [ AS name ]
//     source     = [ prefix ] ( name | regex ) | "(" select ")"
//     target     = [ prefix ] name | prefix ":MEASUREMENT"
//     prefix     = [ [ database ] "." ] [ policy ] "."
//     dimension  = regex | expr
//     sort       = ( "time" [ ASC | DESC ] ) | ASC | DESC
import { WeirError } from '../../base/index.ts';
import type { Expr, Field, Fill, Measurement, SelectStatement, SortField, Source } from './ast.ts';
import { measurement, walkExpr } from './ast.ts';
import type { Token } from './token.ts';
import { parseDottedNames, parseExpr, parseOptionalRegex } from './parse-expression.ts';
import { printExpr } from './print-expression.ts';
import { isTimeZone } from '../../model/index.ts';
import type { TokenStream } from './token-stream.ts';

/** From behind SELECT. Continuous queries must have INTO. */
export function parseSelect(stream: TokenStream, into: 'required' | 'optional' = 'optional'): SelectStatement {
  const fields = parseList(stream, parseField);
  const target = parseTarget(stream, into);
  stream.expect('FROM');
  return {
    kind: 'select',
    fields,
    target,
    sources: parseList(stream, parseSourceOrSubquery),
    condition: parseCondition(stream),
    dimensions: parseDimensions(stream),
    fill: parseFill(stream),
    sortFields: parseOrderBy(stream),
    limit: parseCount(stream, 'LIMIT'),
    offset: parseCount(stream, 'OFFSET'),
    slimit: parseCount(stream, 'SLIMIT'),
    soffset: parseCount(stream, 'SOFFSET'),
    timeZone: parseTimeZone(stream),
  };
}

export function parseList<T>(stream: TokenStream, parseItem: (stream: TokenStream) => T): T[] {
  const items = [parseItem(stream)];
  while (stream.accept(',')) items.push(parseItem(stream));
  return items;
}

/** One measurement: the only kind of source outside of SELECT. */
export function parseSource(stream: TokenStream): Measurement {
  const regex = parseOptionalRegex(stream);
  if (regex !== undefined) return measurement({ regex: regex.source });
  const { names, open } = parseDottedNames(stream);
  const prefixed = open && names.length < 3 ? parseOptionalRegex(stream) : undefined;
  if (prefixed !== undefined) {
    const [policy, database = ''] = names.toReversed();
    return measurement({ database, policy, regex: prefixed.source });
  }
  const [name, policy = '', database = ''] = names.toReversed();
  return measurement({ database, policy, name });
}

/** `[ FROM source { "," source } ]` */
export function parseFrom(stream: TokenStream): Measurement[] {
  return stream.accept('FROM') ? parseList(stream, parseSource) : [];
}

/** `[ WHERE expr ]` */
export function parseCondition(stream: TokenStream): Expr | null {
  return stream.accept('WHERE') ? parseExpr(stream) : null;
}

/** `[ GROUP BY … ]` */
export function parseDimensions(stream: TokenStream): Expr[] {
  if (!stream.accept('GROUP')) return [];
  stream.expect('BY');
  return parseList(stream, () => parseOptionalRegex(stream) ?? parseExpr(stream));
}

/** `[ ORDER BY … ]` */
export function parseOrderBy(stream: TokenStream): SortField[] {
  if (!stream.accept('ORDER')) return [];
  stream.expect('BY');
  const first = stream.next();
  const fields = [firstSortField(stream, first)];
  while (stream.accept(',')) fields.push(sortField(stream, stream.expect('identifier')));
  if (fields.length > 1) throw new WeirError('invalid', 'only ORDER BY time supported at this time');
  return fields;
}

/** `[ LIMIT n ]` and its like; 0 without it. */
export function parseCount(stream: TokenStream, keyword: 'LIMIT' | 'OFFSET' | 'SLIMIT' | 'SOFFSET'): number {
  if (!stream.accept(keyword)) return 0;
  const token = stream.expect('integer');
  const value = Number(token.text);
  if (value < 0) throw stream.error(`${keyword} must be >= 0`, token);
  return value;
}

function parseField(stream: TokenStream): Field {
  const regex = parseOptionalRegex(stream);
  const start = stream.peek();
  const expr = regex ?? parseExpr(stream);
  if (regex === undefined) refuseConditions(stream, expr, start);
  return { expr, alias: stream.accept('AS') ? stream.expect('identifier').text : '' };
}

/** What gives a boolean belongs into WHERE. */
function refuseConditions(stream: TokenStream, expr: Expr, start: Token): void {
  walkExpr(expr, (node) => {
    if (node.kind !== 'binary' || !['=', '!=', '=~', '!~', '<', '<=', '>', '>=', 'AND', 'OR'].includes(node.op)) return;
    const message = `invalid operator ${node.op} in SELECT clause`;
    throw new WeirError('invalid', `${stream.error(message, start).message}; operator is intended for WHERE clause`);
  });
}

function parseTarget(stream: TokenStream, into: 'required' | 'optional'): Measurement | null {
  if (into === 'required') stream.expect('INTO');
  else if (!stream.accept('INTO')) return null;
  const { names, open } = parseDottedNames(stream);
  const backReference = open && names.length < 3 && stream.peekCharacter() === ':';
  if (backReference) stream.expectAll(':', 'MEASUREMENT');
  const [name, policy = '', database = ''] = backReference ? ['', ...names.toReversed()] : names.toReversed();
  return measurement({ database, policy, name });
}

function parseSourceOrSubquery(stream: TokenStream): Source {
  if (!stream.accept('(')) return parseSource(stream);
  stream.expect('SELECT');
  const statement = stream.nested(() => parseSelect(stream));
  stream.expect(')');
  return { kind: 'subquery', statement };
}

function parseFill(stream: TokenStream): Fill {
  const expr = parseOptionalCall(stream, 'fill');
  if (expr === undefined) return { mode: 'null' };
  if (expr.kind !== 'call') throw new WeirError('invalid', 'fill must be a function call');
  if (expr.args.length !== 1 && expr.args.length !== 2) {
    throw new WeirError('invalid', 'fill requires an argument, e.g.: 0, null, none, previous, linear');
  }
  const [argument, share] = expr.args;
  const knownShare = share === undefined ? {} : { knownShare: readShare(share) };
  const mode = printExpr(argument);
  if (mode === 'null' || mode === 'none' || mode === 'previous' || mode === 'linear') return { mode, ...knownShare };
  if (argument.kind === 'integer' || argument.kind === 'number') {
    return { mode: 'number', value: argument.value, ...knownShare };
  }
  throw new WeirError('invalid', 'expected number argument in fill()');
}

/** InfluxDB takes one argument only, so that no statement which runs there means anything else here. */
function readShare(expr: Expr): number {
  const share = expr.kind === 'integer' || expr.kind === 'number' ? Number(expr.value) : Number.NaN;
  if (share >= 0 && share <= 1) return share;
  throw new WeirError('invalid', `expected a share between 0 and 1 in fill(), found ${printExpr(expr)}`);
}

function parseTimeZone(stream: TokenStream): string | null {
  const expr = parseOptionalCall(stream, 'tz');
  if (expr === undefined) return null;
  if (expr.kind !== 'call') throw new WeirError('invalid', 'tz must be a function call');
  if (expr.args.length !== 1) throw new WeirError('invalid', 'tz requires exactly one argument');
  const [argument] = expr.args;
  if (argument.kind !== 'string') throw new WeirError('invalid', 'expected string argument in tz()');
  if (!isTimeZone(argument.value)) throw new WeirError('invalid', `unable to find time zone ${argument.value}`);
  return argument.value === '' ? 'UTC' : argument.value;
}

/** `fill` and `tz` are not keywords: they are recognized by their name at their place. */
function parseOptionalCall(stream: TokenStream, name: string): Expr | undefined {
  const token = stream.peek();
  return token.kind === 'identifier' && token.text.toLowerCase() === name ? parseExpr(stream) : undefined;
}

function firstSortField(stream: TokenStream, token: Token): SortField {
  if (token.kind === 'ASC' || token.kind === 'DESC') return { name: '', ascending: token.kind === 'ASC' };
  if (token.kind !== 'identifier') throw stream.unexpected(token, 'identifier', 'ASC', 'DESC');
  const field = sortField(stream, token);
  if (field.name !== 'time') throw new WeirError('invalid', 'only ORDER BY time supported at this time');
  return field;
}

function sortField(stream: TokenStream, name: Token): SortField {
  const descending = stream.accept('DESC');
  if (!descending) stream.accept('ASC');
  return { name: name.text, ascending: !descending };
}
