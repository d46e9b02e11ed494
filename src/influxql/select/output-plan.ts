// What one SELECT computes for each row of its answer, as data: the distinct calls and references, and each column as a
// formula over them.
//
//     SELECT max(v) - min(v) AS d, derivative(mean(v), 1s) ...
//     calls     0: max(v)   1: min(v)   2: mean(v) → derivative
//     formulas  column 0 - column 1,  column 2
import { WeirError } from '../../base/index.ts';
import type { FieldType } from '../../model/index.ts';
import { SECOND } from '../../model/index.ts';
import type { AggregateKind } from '../../exec/index.ts';
import type { Call, Expr, Reference } from '../language/ast.ts';
import { printExpr } from '../language/print-expression.ts';
import { columnNames } from './column-names.ts';
import type { Interval } from './compile.ts';
import { type Formula, toFormula } from './evaluate.ts';
import { extraArguments } from './expand.ts';
import { typeOfExpr } from './expression-types.ts';
import {
  type SimpleTransformName,
  type TransformName,
  type ValueType,
  aggregateKind,
  callType,
  isSelector,
  isTransform,
  isIndicator,
  isPredictor,
  looksBack,
  mathArity,
  refuseType,
} from './functions.ts';
import type { Prediction } from './prediction.ts';
import { indicatorOf, predictionOf } from './sequence-rules.ts';
import type { Transform } from './transforms.ts';
import type { TypedSelect } from './typed-select.ts';

export interface OutputPlan {
  readonly calls: readonly CallPlan[];
  /** Fields and tags outside of calls. */
  readonly references: readonly Reference[];
  /** One a column of the answer, over the columns of all calls and then all references. */
  readonly formulas: readonly Formula[];
  /** Names of the columns, without time. */
  readonly names: readonly string[];
}

export interface CallPlan {
  /** null: transformations straight over a field. */
  readonly base: BaseCall | null;
  readonly reference: Reference;
  /** The innermost of the functions of sequences; null without any. */
  readonly innermostName: TransformName | null;
  /** What is done with points as they come, innermost first. */
  readonly transforms: readonly Transform[];
  /** What is done with a group's points once all are there: a prediction, and whatever stands around it. Mostly empty. */
  readonly afterwards: readonly (Transform | Prediction)[];
  /** Windows before the first one that the transformations need. */
  readonly lookBack: number;
  /** The declared type of the whole call: what fill(number) converts to. */
  readonly type: ValueType;
  /** The statement's only call, and a selector: its point's own time and its other fields count. */
  readonly alone: boolean;
}

/** An aggregate or selector of a field. */
export interface BaseCall {
  readonly kind: AggregateKind;
  /** percentile, top, bottom, sample: N; integral: unit in ns. */
  readonly argument: number | undefined;
  /** top, bottom: at most one point for each combination of these tags. */
  readonly distinctBy: readonly string[];
  /** Chooses points, whose other fields and tags can stand beside it. */
  readonly selector: boolean;
  /** Its different values are shown as the text of their sketch. */
  readonly sketch: boolean;
  /** Gives one value a window: windows without one are filled. */
  readonly filled: boolean;
  /** Keeps the times of its points under GROUP BY time, too. */
  readonly keepsTimes: boolean;
}

export function planOutput(select: TypedSelect): OutputPlan {
  const calls = new Map<string, CallPlan>();
  const references = new Map<string, Reference>();
  const exprs = select.fields.flatMap((field) => [
    field.expr,
    ...(select.target === null && field.expr.kind === 'call' ? extraArguments(field.expr) : []),
  ]);
  for (const expr of exprs) collect(expr, calls, references, select.interval);
  if (select.sources.every((source) => source.kind === 'stored')) {
    for (const [key, plan] of calls) calls.set(key, withoutTag(plan));
  }
  const alone = calls.size === 1;
  const callKeys = [...calls.keys()];
  const referenceKeys = [...references.keys()];
  const columnOf = (expr: Expr): number | undefined => {
    if (expr.kind === 'reference') return callKeys.length + referenceKeys.indexOf(printExpr(expr));
    return expr.kind === 'call' && mathArity(expr.name) === undefined ? callKeys.indexOf(printExpr(expr)) : undefined;
  };
  return {
    calls: [...calls.values()].map((call) => ({ ...call, alone: alone && call.alone })),
    references: [...references.values()],
    formulas: exprs.map((expr) => toFormula(expr, columnOf)),
    names: columnNames(fieldsWithExtras(select)),
  };
}

/** A function of a stored tag is one of nothing; a subquery has tags as columns. */
function withoutTag(call: CallPlan): CallPlan {
  if (call.reference.type !== 'tag') return call;
  return { ...call, reference: NO_REFERENCE, innermostName: null };
}

/** The fields of a statement with those that top() and bottom() add. */
function fieldsWithExtras(select: TypedSelect): { expr: Expr; alias: string }[] {
  return select.fields.flatMap((field) => [
    field,
    ...(select.target === null && field.expr.kind === 'call'
      ? extraArguments(field.expr).map((expr) => ({ expr, alias: '' }))
      : []),
  ]);
}

function collect(
  expr: Expr,
  calls: Map<string, CallPlan>,
  references: Map<string, Reference>,
  interval: Interval | null,
): void {
  switch (expr.kind) {
    case 'reference':
      references.set(printExpr(expr), expr);
      return;
    case 'call':
      if (mathArity(expr.name) === undefined) calls.set(printExpr(expr), planCall(expr, interval));
      else for (const arg of expr.args) collect(arg, calls, references, interval);
      return;
    case 'binary':
      collect(expr.left, calls, references, interval);
      collect(expr.right, calls, references, interval);
      return;
    case 'paren':
      collect(expr.expr, calls, references, interval);
      return;
    default:
  }
}

function planCall(call: Call, interval: Interval | null): CallPlan {
  const steps: (Transform | Prediction)[] = [];
  let lookBack = 0;
  let innermost: Expr = call;
  let innermostName: TransformName | null = null;
  while (innermost.kind === 'call' && isTransform(innermost.name)) {
    innermostName = innermost.name;
    steps.unshift(planStep(innermost.name, innermost.args, interval));
    if (looksBack(innermost.name)) lookBack++;
    innermost = innermost.args[0];
  }
  const first = steps.findIndex((step) => step.kind === 'prediction');
  const transforms = steps.slice(0, first < 0 ? undefined : first).filter((step) => step.kind !== 'prediction');
  const afterwards = first < 0 ? [] : steps.slice(first);
  const plan = { innermostName, transforms, afterwards, lookBack, type: typeOfExpr(call, () => null) };
  if (innermost.kind === 'call') {
    const base = planBase(innermost);
    return { ...plan, base, reference: argumentOf(innermost), alone: base.selector && steps.length === 0 };
  }
  return { ...plan, base: null, reference: asReference(innermost), alone: false };
}

function planStep(name: TransformName, args: readonly Expr[], interval: Interval | null): Transform | Prediction {
  const everyNs = interval?.everyNs ?? SECOND;
  if (isPredictor(name)) return predictionOf(name, args, everyNs);
  if (isIndicator(name)) return indicatorOf(name, args);
  if (name === 'count_hll') return { kind: 'sketch count' };
  return { kind: 'simple', name, argument: transformArgument(name, args[1], everyNs) };
}

function transformArgument(name: SimpleTransformName, argument: Expr | undefined, everyNs: bigint): bigint {
  if (argument?.kind === 'duration') return argument.ns;
  if (argument?.kind === 'integer') return argument.value;
  return name === 'elapsed' ? 1n : everyNs;
}

function planBase(call: Call): BaseCall {
  const kind = aggregateKind(call);
  const argument = call.args[call.args.length - 1];
  const sketch = call.name === 'sum_hll';
  const several = (kind === 'distinct' && !sketch) || kind === 'top' || kind === 'bottom' || kind === 'sample';
  return {
    kind,
    argument: baseArgument(kind, call.args.length > 1 ? argument : undefined),
    distinctBy: extraArguments(call).map((tag) => asReference(tag).name),
    selector: isSelector(call.name),
    sketch,
    filled: !several && kind !== 'integral',
    keepsTimes: kind === 'top' || kind === 'bottom' || kind === 'sample',
  };
}

function baseArgument(kind: AggregateKind, argument: Expr | undefined): number | undefined {
  switch (argument?.kind) {
    case 'integer':
    case 'number':
      return Number(argument.value);
    case 'duration':
      return Number(argument.ns);
    default:
      return kind === 'integral' ? Number(SECOND) : undefined;
  }
}

/** Throws `invalid` for a transformation of values that are no numbers, and for the best booleans of tags. */
export function checkTypes({ calls }: OutputPlan): void {
  for (const { base, reference, innermostName } of calls) {
    const { type } = reference;
    const fieldType = type === 'tag' ? 'string' : type === 'field' ? null : type;
    if (base !== null && base.distinctBy.length > 0 && fieldType === 'boolean') {
      throw new WeirError('invalid', `unsupported ${base.kind} iterator type: *query.booleanReduceBooleanIterator`);
    }
    if (innermostName === null) continue;
    if (base !== null) refuseType(base.kind, fieldType);
    const inputType = base === null ? fieldType : base.sketch ? 'string' : callType(base.kind, [fieldType]);
    refuseType(innermostName, inputType === 'tag' ? 'string' : inputType);
  }
}

/** The field that a call reads, below `distinct` in `count(distinct(v))`. */
function argumentOf(call: Call): Reference {
  const [argument] = call.args;
  return argument.kind === 'call' ? argumentOf(argument) : asReference(argument);
}

/** What is no reference here was not expanded, as nothing matched it: it then stands for nothing. */
function asReference(expr: Expr): Reference {
  return expr.kind === 'reference' ? expr : NO_REFERENCE;
}

const NO_REFERENCE: Reference = { kind: 'reference', name: '', type: null };

/** The type of a fill value for a column; undefined when numbers do not go into it. */
export function fillType(type: ValueType): FieldType | undefined {
  return type === 'float' || type === 'integer' || type === 'unsigned' ? type : undefined;
}
