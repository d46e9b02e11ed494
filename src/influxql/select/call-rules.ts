// Which calls a SELECT may contain and how they combine: InfluxDB's checks before it looks at any data, with its texts.
import { WeirError } from '../../base/index.ts';
import { formatDuration } from '../../model/index.ts';
import type { Call, Expr } from '../language/ast.ts';
import { printExpr } from '../language/print-expression.ts';
import { isLiteral } from './expression-types.ts';
import { checkIndicatorArguments, checkPredictorArguments } from './sequence-rules.ts';
import { isIndicator, isPredictor, mathArity } from './functions.ts';

/** What the fields of one statement have shown so far. */
export interface CallChecks {
  /** Whether the statement has GROUP BY time, its own or the outer query's. */
  readonly hasInterval: boolean;
  readonly inheritedInterval: boolean;
  readonly hasTarget: boolean;
  readonly limit: number;
  callCount: number;
  onlySelectors: boolean;
  hasDistinct: boolean;
  /** References outside of calls. */
  hasPlainFields: boolean;
  topBottom: string;
  /** Windows before the range that transformations read. */
  extraWindows: number;
  /** Whether the window before the range is read for what counters grew by since. */
  hasLeadIn: boolean;
}

/** Checks one field's expression. `wildcards` is false below operators. */
export function checkField(expr: Expr, checks: CallChecks, wildcards = true): void {
  switch (expr.kind) {
    case 'reference':
      checks.hasPlainFields = true;
      return;
    case 'wildcard':
      checks.hasPlainFields = true;
      if (!wildcards) throw invalid('unable to use wildcard in a binary expression');
      return;
    case 'regex':
      if (!wildcards) throw invalid('unable to use regex in a binary expression');
      checks.hasPlainFields = true;
      return;
    case 'call':
      if (mathArity(expr.name) !== undefined) return checkMath(expr, checks, wildcards);
      checks.callCount++;
      return checkCall(expr, checks, wildcards);
    case 'binary':
      if (isLiteral(expr.left) && isLiteral(expr.right)) {
        throw invalid('cannot perform a binary expression on two literals');
      }
      for (const side of [expr.left, expr.right]) if (!isLiteral(side)) checkField(side, checks, false);
      return;
    case 'paren':
      return checkField(expr.expr, checks, wildcards);
    default:
      throw invalid('field must contain at least one variable');
  }
}

function checkCall(call: Call, checks: CallChecks, wildcards: boolean): void {
  const { name, args } = call;
  switch (name) {
    case 'max':
    case 'min':
    case 'first':
    case 'last':
      return checkPlain(call, checks, wildcards);
    case 'count':
    case 'sum':
    case 'mean':
    case 'median':
    case 'mode':
    case 'stddev':
    case 'spread':
    case 'sum_hll':
      checks.onlySelectors = false;
      return checkPlain(call, checks, wildcards);
    case 'increase':
      checks.onlySelectors = false;
      checks.hasLeadIn ||= checks.hasInterval;
      return checkPlain(call, checks, wildcards);
    case 'percentile':
      expectCount(call, 2);
      if (args[1].kind !== 'integer' && args[1].kind !== 'number') {
        throw invalid('expected float argument in percentile()');
      }
      return checkSymbol(name, args[0], checks, wildcards);
    case 'sample':
      return checkSample(call, checks, wildcards);
    case 'distinct':
      return checkDistinct(args, checks, false);
    case 'top':
    case 'bottom':
      return checkTopBottom(call, checks);
    case 'integral':
      expectBetween(call, 1, 2);
      if (args.length === 2) checkUnit(args[1], 'second argument must be a duration');
      checks.onlySelectors = false;
      return checkSymbol(name, args[0], checks, wildcards);
    case 'derivative':
    case 'non_negative_derivative':
    case 'elapsed':
      expectBetween(call, 1, 2);
      if (args.length === 2)
        checkUnit(args[1], `second argument to ${name} must be a duration, got ${goType(args[1])}`);
      return checkTransform(call, 1, checks, wildcards);
    case 'difference':
    case 'non_negative_difference':
    case 'cumulative_sum':
      expectCount(call, 1);
      return checkTransform(call, 1, checks, wildcards);
    case 'count_hll':
      return checkSketchCount(call, checks, wildcards);
    case 'moving_average':
      return checkMovingAverage(call, checks, wildcards);
    default:
      if (isIndicator(name)) return checkTransform(call, checkIndicatorArguments(call), checks, wildcards);
      if (isPredictor(name)) return checkPredictor(call, checks, wildcards);
      throw invalid(`undefined function ${name}()`);
  }
}

/** Functions of exactly one field. */
function checkPlain(call: Call, checks: CallChecks, wildcards: boolean): void {
  expectCount(call, 1);
  const [argument] = call.args;
  if (call.name === 'count' && argument.kind === 'call' && argument.name === 'distinct') {
    return checkDistinct(argument.args, checks, true);
  }
  checkSymbol(call.name, argument, checks, wildcards);
}

function checkSymbol(name: string, argument: Expr, checks: CallChecks, wildcards: boolean): void {
  switch (argument.kind) {
    case 'reference':
      return;
    case 'wildcard':
      if (!wildcards) throw invalid(`unsupported expression with wildcard: ${name}()`);
      checks.onlySelectors = false;
      return;
    case 'regex':
      if (!wildcards) throw invalid(`unsupported expression with regex field: ${name}()`);
      checks.onlySelectors = false;
      return;
    default:
      throw invalid(`expected field argument in ${name}()`);
  }
}

function checkSample(call: Call, checks: CallChecks, wildcards: boolean): void {
  expectCount(call, 2);
  const size = call.args[1];
  if (size.kind !== 'integer') throw invalid('expected integer argument in sample()');
  if (size.value <= 0n) throw invalid(`sample window must be greater than 1, got ${size.value}`);
  checkSymbol('sample', call.args[0], checks, wildcards);
}

function checkDistinct(args: readonly Expr[], checks: CallChecks, nested: boolean): void {
  if (args.length === 0) throw invalid('distinct function requires at least one argument');
  if (args.length !== 1) throw invalid('distinct function can only have one argument');
  if (args[0].kind !== 'reference') throw invalid('expected field argument in distinct()');
  if (!nested) checks.hasDistinct = true;
  checks.onlySelectors = false;
}

function checkTopBottom(call: Call, checks: CallChecks): void {
  const { name, args } = call;
  if (checks.topBottom !== '') throw cannotCombine(checks.topBottom);
  if (args.length < 2) {
    throw invalid(`invalid number of arguments for ${name}, expected at least 2, got ${args.length}`);
  }
  const size = args[args.length - 1];
  if (size.kind !== 'integer') {
    throw invalid(`expected integer as last argument in ${name}(), found ${printExpr(size)}`);
  }
  if (size.value <= 0n) throw invalid(`limit (${size.value}) in ${name} function must be at least 1`);
  if (checks.limit > 0 && size.value > BigInt(checks.limit)) {
    throw invalid(
      `limit (${size.value}) in ${name} function can not be larger than the LIMIT (${checks.limit}) in the select statement`,
    );
  }
  if (args[0].kind !== 'reference') {
    throw invalid(`expected first argument to be a field in ${name}(), found ${printExpr(args[0])}`);
  }
  for (const tag of args.slice(1, -1)) {
    if (tag.kind !== 'reference') {
      throw invalid(`only fields or tags are allowed in ${name}(), found ${printExpr(tag)}`);
    }
    if (!checks.hasTarget) checks.hasPlainFields = true;
  }
  checks.topBottom = name;
}

/** A function of a sequence: over a field without GROUP BY time, over an aggregate with it. */
function checkTransform(call: Call, extraWindows: number, checks: CallChecks, wildcards: boolean): void {
  const { name } = call;
  checks.onlySelectors = false;
  checks.extraWindows = Math.max(checks.extraWindows, extraWindows);
  const [argument] = call.args;
  if (argument.kind === 'call') {
    if (!checks.hasInterval) throw invalid(`${name} aggregate requires a GROUP BY interval`);
    if (argument.name === 'distinct' && !isIndicator(name)) checkDistinct(argument.args, checks, true);
    else checkField(argument, checks, wildcards);
    return;
  }
  if (checks.hasInterval && !checks.inheritedInterval) {
    throw invalid(`aggregate function required inside the call to ${name}`);
  }
  checkSymbol(name, argument, checks, wildcards);
}

/** Of texts in a field, or of what another function makes. */
function checkSketchCount(call: Call, checks: CallChecks, wildcards: boolean): void {
  expectCount(call, 1);
  checks.onlySelectors = false;
  const [argument] = call.args;
  if (argument.kind === 'call') checkField(argument, checks, wildcards);
  else checkSymbol(call.name, argument, checks, wildcards);
}

/** A prediction goes on from windows. */
function checkPredictor(call: Call, checks: CallChecks, wildcards: boolean): void {
  checkPredictorArguments(call);
  checks.onlySelectors = false;
  const [argument] = call.args;
  if (argument.kind !== 'call') throw invalid(`must use aggregate function with ${call.name}`);
  if (!checks.hasInterval) throw invalid(`${call.name} aggregate requires a GROUP BY interval`);
  if (argument.name === 'distinct') checkDistinct(argument.args, checks, true);
  else checkField(argument, checks, wildcards);
}

function checkMovingAverage(call: Call, checks: CallChecks, wildcards: boolean): void {
  const { args } = call;
  expectCount(call, 2);
  const size = args[1];
  if (size.kind !== 'integer') {
    throw invalid(`second argument for moving_average must be an integer, got ${goType(size)}`);
  }
  if (size.value <= 1n) throw invalid(`moving_average window must be greater than 1, got ${size.value}`);
  checkTransform(call, Number(size.value), checks, wildcards);
}

function checkMath(call: Call, checks: CallChecks, wildcards: boolean): void {
  const arity = mathArity(call.name) as number;
  expectCount(call, arity);
  for (const arg of call.args) if (!isLiteral(arg)) checkField(arg, checks, wildcards);
}

/** How the fields go together, once each has been checked. */
export function checkCombination(checks: CallChecks, fieldCount: number, fillMode: string): void {
  if (fieldCount === 0) throw invalid('at least 1 non-time field must be queried');
  if (checks.callCount > 1 && checks.topBottom !== '') throw cannotCombine(checks.topBottom);
  if (checks.callCount === 0) {
    if (fillMode === 'none' || fillMode === 'linear') throw invalid(`fill(${fillMode}) must be used with a function`);
    if (checks.hasInterval && !checks.inheritedInterval) {
      throw invalid('GROUP BY requires at least one aggregate function');
    }
  }
  if (checks.hasDistinct && (checks.callCount !== 1 || checks.hasPlainFields)) {
    throw invalid('aggregate function distinct() cannot be combined with other functions or fields');
  }
  if (!checks.hasPlainFields) return;
  if (!checks.onlySelectors) throw invalid('mixing aggregate and non-aggregate queries is not supported');
  if (checks.callCount > 1) {
    throw invalid('mixing multiple selector functions with tags or fields is not supported');
  }
}

/** A condition compares fields, tags and functions of one row's values. */
export function checkCondition(expr: Expr | null): void {
  if (expr?.kind === 'binary') {
    checkCondition(expr.left);
    checkCondition(expr.right);
  } else if (expr?.kind === 'call') {
    const arity = mathArity(expr.name);
    if (arity === undefined) throw invalid(`invalid function call in condition: ${printExpr(expr)}`);
    expectCount(expr, arity);
    for (const arg of expr.args) checkCondition(arg);
  }
}

function checkUnit(unit: Expr, otherwise: string): void {
  if (unit.kind !== 'duration') throw invalid(otherwise);
  if (unit.ns <= 0n) throw invalid(`duration argument must be positive, got ${formatDuration(unit.ns)}`);
}

function expectCount(call: Call, count: number): void {
  if (call.args.length === count) return;
  throw invalid(`invalid number of arguments for ${call.name}, expected ${count}, got ${call.args.length}`);
}

function expectBetween(call: Call, min: number, max: number): void {
  const got = call.args.length;
  if (got >= min && got <= max) return;
  throw invalid(
    `invalid number of arguments for ${call.name}, expected at least ${min} but no more than ${max}, got ${got}`,
  );
}

function cannotCombine(name: string): WeirError {
  return invalid(`selector function ${name}() cannot be combined with other functions`);
}

/** What InfluxDB's texts call a literal: the name of its Go type. */
function goType(expr: Expr): string {
  if (expr.kind === 'reference') return '*influxql.VarRef';
  const name = expr.kind[0].toUpperCase() + expr.kind.slice(1);
  if (isLiteral(expr)) return `*influxql.${name}Literal`;
  return expr.kind === 'binary' || expr.kind === 'paren' ? `*influxql.${name}Expr` : `*influxql.${name}`;
}

export function invalid(message: string): WeirError {
  return new WeirError('invalid', message);
}
