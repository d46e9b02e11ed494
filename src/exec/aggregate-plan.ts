// What an AggregateRequest comes down to: which columns to read, which states to keep, and which state answers which call.
import { WeirError } from '../base/index.ts';
import { type FieldType, isNumeric } from '../model/index.ts';
import { fieldTypeOver } from './column-types.ts';
import { predicateFields } from './filter/filter.ts';
import type { AggregateCall, AggregateKind, AggregateRequest } from './plan.ts';
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
  const callStates = request.calls.map((call) => {
    const field = request.fields[call.field];
    const type = fieldTypeOver(request.tables, field);
    if (type === null) return [];
    checkCall(call, type);
    let column = readFields.indexOf(field);
    if (column < 0) {
      column = readFields.push(field) - 1;
      types.push(type);
    }
    return specsOf(call, column, type, request.descending).map((spec) => {
      const key = JSON.stringify(spec);
      let index = stateIndexes.get(key);
      if (index === undefined) {
        index = states.push(spec) - 1;
        stateIndexes.set(key, index);
      }
      return index;
    });
  });
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
