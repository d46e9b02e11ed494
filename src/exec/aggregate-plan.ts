// What an AggregateRequest comes down to: which columns to read, which states to keep, and which state answers which call.
import { WeirError } from '../base/index.ts';
import { type FieldType, isNumeric } from '../model/index.ts';
import { fieldTypeOver } from './column-types.ts';
import { predicateFields } from './filter/filter.ts';
import type { AggregateCall, AggregateKind, AggregateRequest, StateField } from './plan.ts';
import type { StateSpec } from './states/state.ts';
import { windowCount } from './windows.ts';

export interface AggregatePlan {
  readonly windowCount: number;
  /** Groups * windows. */
  readonly cells: number;
  /** What is read: first the columns that calls need, then those that only the filter looks at. */
  readonly readFields: readonly string[];
  /** How many of them the calls need, and their types over all tables. */
  readonly types: readonly FieldType[];
  readonly states: readonly StateSpec[];
  /** For each call, the states that answer it; empty when no table has the field. */
  readonly callStates: readonly (readonly number[])[];
}

export function planAggregate(request: AggregateRequest): AggregatePlan {
  const readFields: string[] = [];
  const types: FieldType[] = [];
  const states: StateSpec[] = [];
  const stateIndexes = new Map<string, number>();
  const columnOf = (fieldIndex: number): Column | undefined => {
    const field = request.fields[fieldIndex];
    const type = fieldTypeOver(request.tables, field);
    if (type === null) return undefined;
    let column = readFields.indexOf(field);
    if (column < 0) {
      column = readFields.push(field) - 1;
      types.push(type);
    }
    return { column, type };
  };
  const callStates = request.calls.map((call) =>
    specsOfCall(call, columnOf, request.descending).map((spec) => {
      const key = JSON.stringify(spec);
      let index = stateIndexes.get(key);
      if (index === undefined) {
        index = states.push(spec) - 1;
        stateIndexes.set(key, index);
      }
      return index;
    }),
  );
  const filterFields = predicateFields(request.filter).filter((field) => !readFields.includes(field));
  const perGroup = windowCount(request.windows);
  return {
    windowCount: perGroup,
    cells: perGroup * request.groupCount,
    readFields: [...readFields, ...filterFields],
    types,
    states,
    callStates,
  };
}

/** A column that is read, and its type over all tables. */
interface Column {
  readonly column: number;
  readonly type: FieldType;
}

type ColumnOf = (field: number) => Column | undefined;

function specsOfCall(call: AggregateCall, columnOf: ColumnOf, descending: boolean): readonly StateSpec[] {
  if (call.states !== undefined) return specsOfStates(call, call.states, columnOf);
  const found = columnOf(call.field);
  if (found === undefined) return [];
  checkCall(call, found.type);
  return specsOf(call, found.column, found.type, descending);
}

/** None when a state that the call needs is nowhere. */
function specsOfStates(
  call: AggregateCall,
  fields: NonNullable<AggregateCall['states']>,
  columnOf: ColumnOf,
): readonly StateSpec[] {
  const need = (name: StateField): Column => {
    const field = fields[name];
    if (field === undefined) throw new WeirError('invalid', notKept(call, name));
    const column = columnOf(field);
    if (column === undefined) throw MISSING;
    return column;
  };
  const increases = (): number => {
    if (fields.increase === undefined) throw new WeirError('invalid', notKept(call, 'increase'));
    // Where all rows are points none of them has grown.
    return columnOf(fields.increase)?.column ?? -1;
  };
  const weights = (): StateSpec => ({ ...need('count'), kind: 'count', weighted: true });
  try {
    switch (call.kind) {
      case 'count':
        return [weights()];
      case 'sum':
      case 'mean':
        return [{ ...need('sum'), kind: 'sum' }, weights()];
      case 'min':
      case 'max':
      case 'first':
      case 'last':
        return [{ ...need(call.kind), kind: 'pick', rule: call.kind }];
      case 'spread':
        return [
          { ...need('min'), kind: 'bounds' },
          { ...need('max'), kind: 'bounds' },
        ];
      case 'stddev':
        return [
          {
            ...need('m2'),
            kind: 'moments',
            counts: need('count').column,
            sums: need('sum').column,
            means: fields.mean === undefined ? -1 : (columnOf(fields.mean)?.column ?? -1),
          },
        ];
      case 'increase':
        return [{ ...need('first'), kind: 'increase', lasts: need('last').column, increases: increases() }];
      case 'percentile':
      case 'median':
        return [{ ...need('sketch'), kind: 'sketch' }];
      default:
        throw new WeirError('invalid', `${call.kind}() cannot be answered from states`);
    }
  } catch (error) {
    if (error === MISSING) return [];
    throw error;
  }
}

function notKept({ kind }: AggregateCall, state: StateField): string {
  return `${kind}() cannot be answered: no ${state} is kept of the field`;
}

const MISSING = new Error('no table has the column');

function specsOf(call: AggregateCall, column: number, type: FieldType, descending: boolean): readonly StateSpec[] {
  const of = { column, type };
  switch (call.kind) {
    case 'count':
      return [{ ...of, kind: 'count' }];
    case 'sum':
    case 'mean':
      return [
        { ...of, kind: 'sum' },
        { ...of, kind: 'count' },
      ];
    case 'spread':
      return [{ ...of, kind: 'bounds' }];
    case 'min':
    case 'max':
    case 'first':
    case 'last':
      return [{ ...of, kind: 'pick', rule: call.kind }];
    case 'stddev':
      return [{ ...of, kind: 'deviation' }];
    case 'median':
      return [{ ...of, kind: 'gather', withTimes: false }];
    case 'percentile':
    case 'integral':
      return [{ ...of, kind: 'gather', withTimes: true }];
    case 'increase':
      return [{ ...of, kind: 'increase', lasts: column, increases: -1 }];
    case 'mode':
    case 'distinct':
    case 'count-distinct':
      return [{ ...of, kind: 'tally', descending }];
    case 'top':
    case 'bottom':
    case 'sample':
      return [{ ...of, kind: 'ranked', rule: call.kind, limit: call.argument ?? 0 }];
  }
}

const ANY_TYPE: ReadonlySet<AggregateKind> = new Set([
  'count',
  'first',
  'last',
  'mode',
  'distinct',
  'count-distinct',
  'sample',
]);

function checkCall(call: AggregateCall, type: FieldType): void {
  const extremum = call.kind === 'min' || call.kind === 'max';
  if (isNumeric(type) || ANY_TYPE.has(call.kind) || (extremum && type === 'boolean')) return;
  throw new WeirError('invalid', `${call.kind}() cannot be taken of a ${type} field`);
}
