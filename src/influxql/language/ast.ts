// What a query says, as plain readonly data: expressions, sources and SELECT. All other statements are in `statement.ts`.
//
//     SELECT mean("usage") * 2 AS u FROM db.rp.cpu WHERE host = 'a' AND time > now() - 1h GROUP BY time(5m), region
//            └─ fields[0]: binary ─┘      └ source ┘      └──── condition: binary ────┘           └ dimensions ┘
import type { Statement } from './statement.ts';

export interface Query {
  readonly statements: readonly Statement[];
}

// Expressions

export type BinaryOperator = ArithmeticOperator | ComparisonOperator | 'AND' | 'OR';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^';
/** `<>` is read as `!=`. The right side of `=~` and `!~` is always a regex. */
export type ComparisonOperator = '=' | '!=' | '=~' | '!~' | '<' | '<=' | '>' | '>=';

/** The type after `::`; `field` is any field. */
export type CastType = 'float' | 'integer' | 'unsigned' | 'string' | 'boolean' | 'field' | 'tag';

export type Expr = Reference | Call | Distinct | Binary | Paren | Wildcard | Literal;

/** A field, a tag or `time`. Dotted names (`a.b`) are one name. */
export interface Reference {
  readonly kind: 'reference';
  readonly name: string;
  /** null = no `::type`. */
  readonly type: CastType | null;
}

/** The name is in lower case. */
export interface Call {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly Expr[];
}

/** `DISTINCT x` without parentheses; `distinct(x)` is a call. */
export interface Distinct {
  readonly kind: 'distinct';
  readonly name: string;
}

/** `-x` is read as `-1 * x`. */
export interface Binary {
  readonly kind: 'binary';
  readonly op: BinaryOperator;
  readonly left: Expr;
  readonly right: Expr;
}

export interface Paren {
  readonly kind: 'paren';
  readonly expr: Expr;
}

export interface Wildcard {
  readonly kind: 'wildcard';
  /** `*::field`, `*::tag`; null = both. */
  readonly type: 'field' | 'tag' | null;
}

export type Literal =
  | NumberLiteral
  | IntegerLiteral
  | UnsignedLiteral
  | StringLiteral
  | BooleanLiteral
  | DurationLiteral
  | RegexLiteral
  | TimeLiteral
  | ListLiteral
  | NilLiteral;

export interface NumberLiteral {
  readonly kind: 'number';
  readonly value: number;
}

/** int64, exact. */
export interface IntegerLiteral {
  readonly kind: 'integer';
  readonly value: bigint;
}

/** Only what is beyond int64: 2^63 .. 2^64 - 1. */
export interface UnsignedLiteral {
  readonly kind: 'unsigned';
  readonly value: bigint;
}

/** Times are written as strings, too: see `conditions.ts` for the strings that are times. */
export interface StringLiteral {
  readonly kind: 'string';
  readonly value: string;
}

export interface BooleanLiteral {
  readonly kind: 'boolean';
  readonly value: boolean;
}

export interface DurationLiteral {
  readonly kind: 'duration';
  readonly ns: bigint;
}

/** RE2, known to compile; without the slashes. */
export interface RegexLiteral {
  readonly kind: 'regex';
  readonly source: string;
}

/** Never written in a query: made by reducing time arithmetic. */
export interface TimeLiteral {
  readonly kind: 'time';
  readonly ns: bigint;
}

/** `WITH KEY IN (a, b)`. */
export interface ListLiteral {
  readonly kind: 'list';
  readonly values: readonly string[];
}

/** Never written in a query: made by reducing an expression over missing values. */
export interface NilLiteral {
  readonly kind: 'nil';
}

// Sources

export type Source = Measurement | Subquery;

export interface Measurement {
  readonly kind: 'measurement';
  /** Empty = not named: the request's database. */
  readonly database: string;
  /** Empty = not named: the request's or the database's default policy. */
  readonly policy: string;
  /** Empty when `regex` is set, and for INTO's `:MEASUREMENT`. */
  readonly name: string;
  readonly regex: string | null;
}

export interface Subquery {
  readonly kind: 'subquery';
  readonly statement: SelectStatement;
}

// SELECT

export interface SelectStatement {
  readonly kind: 'select';
  readonly fields: readonly Field[];
  /** INTO. An empty name is the back-reference `:MEASUREMENT`. */
  readonly target: Measurement | null;
  readonly sources: readonly Source[];
  readonly condition: Expr | null;
  /** GROUP BY: references, regexes, wildcards and calls of `time`. */
  readonly dimensions: readonly Expr[];
  readonly fill: Fill;
  /** At most one, and that is time. */
  readonly sortFields: readonly SortField[];
  /** 0 = none, for all four. */
  readonly limit: number;
  readonly offset: number;
  readonly slimit: number;
  readonly soffset: number;
  /** The IANA name in `tz('…')`, known to exist. */
  readonly timeZone: string | null;
}

export interface Field {
  readonly expr: Expr;
  /** Empty = no AS. */
  readonly alias: string;
}

/** `null` is also what no fill() means. */
export type Fill = FillMode & {
  /** fill(…, share): windows of a ladder's measurement of which less is known are empty, 0..1; absent = it is not said. */
  readonly knownShare?: number | undefined;
};

type FillMode =
  | { readonly mode: 'null' | 'none' | 'previous' | 'linear' }
  | { readonly mode: 'number'; readonly value: number | bigint };

export interface SortField {
  /** Empty for `ORDER BY DESC`. */
  readonly name: string;
  readonly ascending: boolean;
}

// Constructors for those who build or rewrite expressions.

export function reference(name: string, type: CastType | null = null): Reference {
  return { kind: 'reference', name, type };
}

export function call(name: string, ...args: Expr[]): Call {
  return { kind: 'call', name, args };
}

export function binary(left: Expr, op: BinaryOperator, right: Expr): Binary {
  return { kind: 'binary', op, left, right };
}

export function paren(expr: Expr): Paren {
  return { kind: 'paren', expr };
}

export function number(value: number): NumberLiteral {
  return { kind: 'number', value };
}

export function integer(value: bigint): IntegerLiteral {
  return { kind: 'integer', value };
}

export function string(value: string): StringLiteral {
  return { kind: 'string', value };
}

export function boolean(value: boolean): BooleanLiteral {
  return { kind: 'boolean', value };
}

export function duration(ns: bigint): DurationLiteral {
  return { kind: 'duration', ns };
}

export function regex(source: string): RegexLiteral {
  return { kind: 'regex', source };
}

export function wildcard(type: 'field' | 'tag' | null = null): Wildcard {
  return { kind: 'wildcard', type };
}

export function measurement(parts: Partial<Omit<Measurement, 'kind'>>): Measurement {
  return { kind: 'measurement', database: '', policy: '', name: '', regex: null, ...parts };
}

/** Calls `visit` for the expression and all below it, parents first; a `false` answer leaves out what is below. */
export function walkExpr(expr: Expr, visit: (expr: Expr) => boolean | void): void {
  if (visit(expr) === false) return;
  if (expr.kind === 'binary') {
    walkExpr(expr.left, visit);
    walkExpr(expr.right, visit);
  } else if (expr.kind === 'paren') walkExpr(expr.expr, visit);
  else if (expr.kind === 'call') for (const arg of expr.args) walkExpr(arg, visit);
}

export type * from './statement.ts';
