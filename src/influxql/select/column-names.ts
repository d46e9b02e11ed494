// What the columns of a SELECT are called.
import type { Expr, Field } from '../language/ast.ts';
import { walkExpr } from '../language/ast.ts';

/** The name that a field has by itself: its alias, else its function or variable, `a_b` for an expression of both. */
export function fieldName(field: Field): string {
  return field.alias === '' ? exprName(field.expr) : field.alias;
}

function exprName(expr: Expr): string {
  switch (expr.kind) {
    case 'reference':
    case 'call':
      return expr.name;
    case 'paren':
      return exprName(expr.expr);
    case 'binary':
      return operandNames(expr).join('_');
    default:
      return '';
  }
}

/** Variables and outermost functions from left to right; literals have no name. */
function operandNames(expr: Expr): string[] {
  const names: string[] = [];
  walkExpr(expr, (node) => {
    if (node.kind === 'reference' || node.kind === 'call') names.push(node.name);
    return node.kind !== 'call';
  });
  return names;
}

/**
 * Names without duplicates: aliases stay as they are, a generated name that is taken gets `_1`, `_2`, … Only generated
 * names give way, so two equal aliases stay equal.
 */
export function columnNames(fields: readonly Field[]): string[] {
  const taken = new Map<string, number>();
  for (const field of fields) if (field.alias !== '') taken.set(field.alias, 1);
  return fields.map((field) => (field.alias === '' ? claimName(exprName(field.expr), taken) : field.alias));
}

function claimName(name: string, taken: Map<string, number>): string {
  let count = taken.get(name);
  let free = name;
  if (count !== undefined) {
    while (taken.has(`${name}_${count}`)) count++;
    taken.set(name, count + 1);
    free = `${name}_${count}`;
  }
  taken.set(free, (taken.get(free) ?? 0) + 1);
  return free;
}
