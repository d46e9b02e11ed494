// Expressions as InfluxDB writes them back: operators with one space on each side, function names in lower case, names bare
// where that is possible, durations in their largest unit, floats with three decimals.
import { formatDuration } from '../../model/index.ts';
import type { Binary, Expr } from './ast.ts';
import { quoteIdentifier, quoteString } from './quote.ts';
import { formatRfc3339 } from './time-literal.ts';

export function printExpr(expr: Expr): string {
  switch (expr.kind) {
    case 'reference':
      return quoteIdentifier(expr.name) + (expr.type === null ? '' : `::${expr.type}`);
    case 'call':
      return `${expr.name}(${expr.args.map(printExpr).join(', ')})`;
    case 'distinct':
      return `DISTINCT ${quoteIdentifier(expr.name)}`;
    case 'binary':
      return printBinary(expr);
    case 'paren':
      return `(${printExpr(expr.expr)})`;
    case 'wildcard':
      return expr.type === null ? '*' : `*::${expr.type}`;
    case 'number':
      return formatThreeDecimals(expr.value);
    case 'integer':
    case 'unsigned':
      return expr.value.toString();
    case 'string':
      return quoteString(expr.value);
    case 'boolean':
      return String(expr.value);
    case 'duration':
      return formatDuration(expr.ns);
    case 'regex':
      return printRegex(expr.source);
    case 'time':
      return `'${formatRfc3339(expr.ns)}'`;
    case 'list':
      return `(${expr.values.map((value) => quoteIdentifier(value)).join(', ')})`;
    case 'nil':
      return 'nil';
  }
}

export function printRegex(source: string): string {
  return `/${source.replaceAll('/', '\\/')}/`;
}

/** Numbers as the lexer reads them back: without an exponent. */
export function formatPlain(value: number | bigint): string {
  const text = String(value);
  if (!text.includes('e')) return text;
  return Number.isInteger(value) ? BigInt(value).toString() : Number(value).toFixed(100).replace(/0+$/, '');
}

/** Down the left side without recursion. */
function printBinary(expr: Binary): string {
  const tail: string[] = [];
  let left: Expr = expr;
  while (left.kind === 'binary') {
    tail.push(`${left.op} ${printExpr(left.right)}`);
    left = left.left;
  }
  return [printExpr(left), ...tail.reverse()].join(' ');
}

/** Go's %.3f: of two equally near results the even one, where JavaScript's takes the greater. */
function formatThreeDecimals(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : value < 0 ? '-Inf' : 'NaN';
  if (Math.abs(value) >= 2 ** 53) return `${BigInt(value)}.000`;
  const doubled = value * 2000;
  const tie = Number.isInteger(value * 16) && doubled % 2 !== 0;
  return tie ? (Math.round(doubled / 4) / 500).toFixed(3) : value.toFixed(3);
}
