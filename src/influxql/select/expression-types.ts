// The type of an expression before any row is read, and the errors for operands that do not go together.
import { WeirError } from '../../base/index.ts';
import { type FieldType, dominantType, isNumeric } from '../../model/index.ts';
import type { ArithmeticOperator, Binary, Expr } from '../language/ast.ts';
import { printExpr } from '../language/print-expression.ts';
import { type ValueType, callType } from './functions.ts';

/** The type of a reference that names none itself. */
export type TypeOfName = (name: string) => ValueType;

/** The declared type; null when it depends on something that does not exist. Throws `invalid`: `type error: …`. */
export function typeOfExpr(expr: Expr, typeOfName: TypeOfName): ValueType {
  switch (expr.kind) {
    case 'reference':
      return expr.type === null || expr.type === 'field' ? typeOfName(expr.name) : expr.type;
    case 'call': {
      const types = expr.args.map((arg) => typeOfExpr(arg, typeOfName));
      refuseSecondArgument(expr.name, types);
      return callType(expr.name, types);
    }
    case 'binary':
      return typeOfBinary(expr, typeOfName);
    case 'paren':
      return typeOfExpr(expr.expr, typeOfName);
    case 'number':
      return 'float';
    case 'integer':
    case 'unsigned':
    case 'string':
    case 'boolean':
      return expr.kind;
    default:
      return null;
  }
}

/** InfluxDB looks at the second argument only when it knows nothing of the first. */
function refuseSecondArgument(name: string, [first, second]: readonly ValueType[]): void {
  if ((name !== 'pow' && name !== 'atan2') || first !== null || second === null) return;
  if (second !== 'tag' && isNumeric(second)) return;
  throw new WeirError('invalid', `invalid argument type for the second argument in ${name}(): ${second}`);
}

/** Of two types of one name in different sources, the one that the column gets. */
export function strongerType(a: ValueType, b: ValueType): ValueType {
  if (a === null || b === null) return a ?? b;
  if (a === 'tag' || b === 'tag') return a === 'tag' ? b : a;
  return dominantType(a, b);
}

function typeOfBinary(expr: Binary, typeOfName: TypeOfName): ValueType {
  const left = typeOfExpr(expr.left, typeOfName);
  const right = typeOfExpr(expr.right, typeOfName);
  refuseMixedSigns(expr, left, right);
  if (left === null || right === null) return left ?? right;
  const type = arithmeticType(expr.op as ArithmeticOperator, left, right);
  if (type === null) throw typeError(expr, `incompatible types: ${left} and ${right}`);
  return type;
}

/** Integers divided declare an integer, though the value is a float: an outer query truncates it, as in InfluxDB. */
function arithmeticType(op: ArithmeticOperator, left: ValueType, right: ValueType): FieldType | null {
  const bitwise = op === '&' || op === '|' || op === '^';
  // What stands to the right of a boolean does not matter: the value is false unless it is one, too.
  if (left === 'boolean') return bitwise ? 'boolean' : null;
  if (left === 'tag' || right === 'tag' || left === null || right === null) return null;
  if (!isNumeric(left) || !isNumeric(right)) return null;
  if (left === 'float' || right === 'float') return bitwise ? null : 'float';
  return left === 'unsigned' || right === 'unsigned' ? 'unsigned' : 'integer';
}

/** An integer literal goes with unsigned fields; an integer field needs a cast, and an unsigned literal goes with none. */
function refuseMixedSigns(expr: Binary, left: ValueType, right: ValueType): void {
  const mixed = (left === 'unsigned' && right === 'integer') || (left === 'integer' && right === 'unsigned');
  if (!mixed) return;
  const [unsigned, integer] = left === 'unsigned' ? [expr.left, expr.right] : [expr.right, expr.left];
  if (isLiteral(unsigned)) throw typeError(expr, `cannot use ${expr.op} with an integer and unsigned literal`);
  if (!isLiteral(integer)) {
    throw typeError(expr, `cannot use ${expr.op} between an integer and unsigned, an explicit cast is required`);
  }
}

export function isLiteral(expr: Expr): boolean {
  switch (expr.kind) {
    case 'reference':
    case 'call':
    case 'distinct':
    case 'binary':
    case 'paren':
    case 'wildcard':
      return false;
    default:
      return true;
  }
}

function typeError(expr: Expr, message: string): WeirError {
  return new WeirError('invalid', `type error: ${printExpr(expr)}: ${message}`);
}
