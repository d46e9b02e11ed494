// The field list of a random SELECT: raw columns, aggregates, selectors with columns beside them, transformations, top and so on.
import type { Random } from '../../src/exec/test-support/random.ts';
import { identifier } from './names.ts';
import { type Scope, anyColumn, anyField, anyNumber, anyTag, duration, fieldsOf } from './scope.ts';

export type FieldsKind = 'raw' | 'aggregate' | 'selector' | 'sequence' | 'nested' | 'ranked' | 'distinct';

export interface FieldList {
  readonly kind: FieldsKind;
  readonly fields: readonly string[];
}

/** `interval`: whether the statement has GROUP BY time. */
export function randomFields(scope: Scope, interval: boolean): FieldList {
  const { random } = scope;
  const kind = interval
    ? random.pick<FieldsKind>([
        'aggregate',
        'aggregate',
        'aggregate',
        'selector',
        'nested',
        'nested',
        'ranked',
        'distinct',
      ])
    : random.pick<FieldsKind>([
        'raw',
        'raw',
        'raw',
        'aggregate',
        'aggregate',
        'selector',
        'sequence',
        'sequence',
        'ranked',
        'distinct',
      ]);
  const fields = fieldsOfKind(scope, kind);
  // The time of a lone point's integral is InfluxDB's accident; beside others it would add rows.
  const lone = interval ? undefined : fields.find((field) => field.includes('integral('));
  return { kind, fields: aliased(random, lone === undefined ? fields : [lone]) };
}

function aliased(random: Random, fields: readonly string[]): string[] {
  return fields.map((field) =>
    random.chance(0.12) ? `${field} AS ${random.pick(['x', 'y', '"odd alias"', 'time2'])}` : field,
  );
}

function fieldsOfKind(scope: Scope, kind: FieldsKind): string[] {
  const { random } = scope;
  switch (kind) {
    case 'raw':
      return times(random.integer(1, 3), () => rawField(scope));
    case 'aggregate':
      return times(random.pick([1, 1, 2, 3]), () => withMath(random, () => aggregate(scope)));
    case 'selector':
      return [withMath(random, () => selector(scope)), ...times(random.integer(0, 2), () => beside(scope))];
    case 'sequence':
      return times(random.pick([1, 1, 2]), () => withMath(random, () => sequence(scope, () => anyField(scope))));
    case 'nested':
      return times(random.pick([1, 1, 2]), () => withMath(random, () => nested(scope)));
    case 'ranked':
      return [ranked(scope), ...times(random.chance(0.3) ? 1 : 0, () => beside(scope))];
    case 'distinct':
      return [
        random.pick([
          `distinct(${anyField(scope)})`,
          `DISTINCT ${anyField(scope)}`,
          `count(distinct(${anyField(scope)}))`,
        ]),
      ];
  }
}

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

function rawField(scope: Scope): string {
  const { random } = scope;
  switch (random.integer(0, 13)) {
    case 0:
      return random.pick(['*', '*', '*::field', '*::tag', '/./', '/[a-n]/', '/^v/']);
    case 1:
      return anyTag(scope);
    case 2:
      return `${anyField(scope)} ${random.pick(['+', '-', '*', '/', '%', '&', '|', '^'])} ${anyNumber(random)}`;
    case 3:
      return `${anyField(scope)} ${random.pick(['+', '-', '*', '/', '%', '&'])} ${anyField(scope)}`;
    case 4:
      return `${anyColumn(scope)}::${random.pick(['float', 'integer', 'string', 'boolean', 'field', 'tag'])}`;
    case 5:
      return math(scope, () => anyField(scope));
    case 6:
      return `(${anyField(scope)} + ${anyField(scope)}) * ${anyNumber(random)}`;
    default:
      return anyField(scope);
  }
}

function beside(scope: Scope): string {
  const { random } = scope;
  return random.pick([anyField(scope), anyTag(scope), anyField(scope), `${anyField(scope)} * 2`, '*']);
}

const MATH = [
  'abs',
  'floor',
  'ceil',
  'round',
  'sqrt',
  'exp',
  'ln',
  'log2',
  'log10',
  'sin',
  'cos',
  'tan',
  'atan',
  'asin',
  'acos',
];

function math(scope: Scope, inner: () => string): string {
  const { random } = scope;
  if (random.chance(0.2))
    return `${random.pick(['pow', 'atan2', 'log'])}(${inner()}, ${random.pick(['2', '0.5', '3', inner()])})`;
  return `${random.pick(MATH.slice(0, random.chance(0.7) ? 5 : MATH.length))}(${inner()})`;
}

function withMath(random: Random, inner: () => string): string {
  switch (random.integer(0, 14)) {
    case 0:
      return `${inner()} ${random.pick(['+', '-', '*', '/'])} ${inner()}`;
    case 1:
      return `${inner()} ${random.pick(['+', '-', '*', '/', '%'])} ${anyNumber(random)}`;
    case 2:
      return `${anyNumber(random)} ${random.pick(['+', '-', '*', '/'])} ${inner()}`;
    case 3:
      return `${random.pick(['abs', 'round', 'floor', 'sqrt'])}(${inner()})`;
    default:
      return inner();
  }
}

const AGGREGATES = ['count', 'mean', 'sum', 'median', 'mode', 'spread', 'stddev', 'min', 'max', 'first', 'last'];

function aggregate(scope: Scope): string {
  const { random } = scope;
  switch (random.integer(0, 11)) {
    case 0:
      return `percentile(${anyField(scope)}, ${random.pick(['0', '10', '50', '90', '99.9', '100', '33'])})`;
    case 1:
      return random.chance(0.5) ? `integral(${anyField(scope)})` : `integral(${anyField(scope)}, ${unit(scope)})`;
    case 2:
      return `${random.pick(AGGREGATES)}(${random.pick(['*', '/./', '/[v-z]/'])})`;
    case 3:
      return `count(distinct(${anyField(scope)}))`;
    default:
      return `${random.pick(AGGREGATES)}(${anyField(scope)})`;
  }
}

function selector(scope: Scope): string {
  const { random } = scope;
  if (random.chance(0.15)) return `percentile(${anyField(scope)}, ${random.pick(['10', '50', '90'])})`;
  // Larger than any group, so that there is no choice by chance.
  if (random.chance(0.08)) return `sample(${anyField(scope)}, 100000)`;
  return `${random.pick(['min', 'max', 'first', 'last'])}(${anyField(scope)})`;
}

function unit(scope: Scope): string {
  const { random, database } = scope;
  return random.pick(['1s', '10s', '1m', '1ms', duration(database.stepNs)]);
}

const INDICATORS = [
  'exponential_moving_average',
  'double_exponential_moving_average',
  'triple_exponential_moving_average',
  'relative_strength_index',
  'triple_exponential_derivative',
  'kaufmans_efficiency_ratio',
  'kaufmans_adaptive_moving_average',
  'chande_momentum_oscillator',
];

function sequence(scope: Scope, inner: () => string): string {
  const { random } = scope;
  if (scope.technical && random.chance(0.35)) return indicator(random, inner());
  switch (random.integer(0, 6)) {
    case 0:
      return `${random.pick(['derivative', 'non_negative_derivative'])}(${inner()}${random.chance(0.5) ? `, ${unit(scope)}` : ''})`;
    case 1:
      return `difference(${inner()})`;
    case 2:
      return `non_negative_difference(${inner()})`;
    case 3:
      return `moving_average(${inner()}, ${random.integer(2, 5)})`;
    case 4:
      return `cumulative_sum(${inner()})`;
    default:
      return `elapsed(${inner()}${random.chance(0.5) ? `, ${unit(scope)}` : ''})`;
  }
}

function indicator(random: Random, inner: string): string {
  const name = random.pick(INDICATORS);
  const parts = [inner, String(random.integer(2, 5))];
  if (random.chance(0.5)) parts.push(String(random.pick([-1, 1, 2, 4, 0])));
  if (parts.length === 3 && !name.startsWith('kaufmans') && random.chance(0.6)) {
    parts.push(random.pick(["'exponential'", "'simple'"]));
  }
  return `${name}(${parts.join(', ')})`;
}

function nested(scope: Scope): string {
  const { random } = scope;
  const inner = (): string => {
    const name = random.pick(['mean', 'max', 'min', 'sum', 'count', 'first', 'last', 'median', 'spread', 'percentile']);
    return name === 'percentile' ? `percentile(${anyField(scope)}, 50)` : `${name}(${anyField(scope)})`;
  };
  if (random.chance(0.12)) {
    const name = random.pick(['holt_winters', 'holt_winters_with_fit']);
    return `${name}(${inner()}, ${random.integer(1, 5)}, ${random.pick([0, 0, 2, 3])})`;
  }
  if (random.chance(0.1)) return sequence(scope, () => sequence(scope, inner));
  return random.chance(0.15) ? inner() : sequence(scope, inner);
}

function ranked(scope: Scope): string {
  const { random } = scope;
  const tags = random.chance(0.3) ? `, ${anyTag(scope)}` : '';
  return `${random.pick(['top', 'bottom'])}(${anyField(scope)}${tags}, ${random.integer(1, 4)})`;
}

/** Names that an outer query can use for the columns of these fields: those of plain calls and columns. */
export function outputNames(fields: readonly string[], scope: Scope): string[] {
  const names = fields.map((field) => {
    const alias = / AS (.+)$/.exec(field)?.[1];
    if (alias !== undefined) return alias.replaceAll('"', '');
    const call = /^(\w+)\((?!\*|\/)/.exec(field)?.[1];
    if (call !== undefined) return call;
    return fieldsOf(scope).find(({ name }) => identifier(name) === field)?.name;
  });
  return names.filter((name) => name !== undefined);
}
