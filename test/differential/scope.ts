// What a random query can refer to, and small pieces of queries: columns, conditions, times and durations.
import type { Random } from '../../src/exec/test-support/random.ts';
import { identifier, literalRegex, stringLiteral, tagValue } from './names.ts';
import type { Database, FieldKind } from './schema.ts';

export interface Column {
  readonly name: string;
  readonly kind: FieldKind | 'tag';
}

export interface Scope {
  readonly random: Random;
  readonly database: Database;
  readonly columns: readonly Column[];
  /** Whether functions of 1.7 may be used. */
  readonly technical: boolean;
}

export function fieldsOf(scope: Scope): Column[] {
  return scope.columns.filter((column) => column.kind !== 'tag');
}

export function tagsOf(scope: Scope): Column[] {
  return scope.columns.filter((column) => column.kind === 'tag');
}

/** Mostly a number; now and then anything, or what does not exist. */
export function anyField(scope: Scope): string {
  const { random } = scope;
  const fields = fieldsOf(scope);
  const numbers = fields.filter(({ kind }) => kind === 'float' || kind === 'integer');
  if (fields.length === 0 || random.chance(0.02)) return 'nosuch';
  const column = random.pick(numbers.length > 0 && random.chance(0.8) ? numbers : fields);
  return identifier(column.name);
}

export function anyTag(scope: Scope): string {
  const tags = tagsOf(scope);
  return tags.length === 0 || scope.random.chance(0.03) ? 'nosuchtag' : identifier(scope.random.pick(tags).name);
}

export function anyColumn(scope: Scope): string {
  return scope.random.chance(0.7) ? anyField(scope) : anyTag(scope);
}

export function anyNumber(random: Random): string {
  return random.pick(['0', '1', '2', '3', '7', '10', '-1', '0.5', '2.5', '1e3', '-3.25', '100'].slice(0, 11));
}

const UNITS: readonly (readonly [string, bigint])[] = [
  ['w', 604_800_000_000_000n],
  ['d', 86_400_000_000_000n],
  ['h', 3_600_000_000_000n],
  ['m', 60_000_000_000n],
  ['s', 1_000_000_000n],
  ['ms', 1_000_000n],
  ['u', 1_000n],
  ['ns', 1n],
];

export function duration(ns: bigint): string {
  for (const [unit, size] of UNITS) if (ns !== 0n && ns % size === 0n) return `${ns / size}${unit}`;
  return '0s';
}

/** A time in the database's range or a little outside, in one of the ways to write it. */
export function timeText(random: Random, timeNs: bigint): string {
  const second = 1_000_000_000n;
  if (timeNs % second === 0n && random.chance(0.3)) return `${timeNs / second}s`;
  if (timeNs % 1_000_000n === 0n && random.chance(0.4)) {
    const iso = new Date(Number(timeNs / 1_000_000n)).toISOString();
    return `'${random.chance(0.5) ? iso : iso.replace('T', ' ').replace('Z', '')}'`;
  }
  return random.chance(0.2) ? `${timeNs - 5n} + 5` : String(timeNs);
}

export function someTime({ random, database }: Scope): bigint {
  const { firstNs, lastNs, stepNs } = database;
  const steps = Number((lastNs - firstNs) / stepNs);
  return firstNs + stepNs * BigInt(random.integer(-2, steps + 2));
}

export function timeBounds(scope: Scope, needsEnd: boolean): string[] {
  const { random } = scope;
  const bounds: string[] = [];
  const [a, b] = [someTime(scope), someTime(scope)];
  const [low, high] = a < b ? [a, b] : [b, a];
  if (random.chance(0.7)) bounds.push(`time ${random.pick(['>=', '>'])} ${timeText(random, low)}`);
  if (needsEnd || random.chance(0.7)) bounds.push(`time ${random.pick(['<=', '<'])} ${timeText(random, high)}`);
  return bounds;
}

/** One condition on tags and fields. */
export function condition(scope: Scope, depth = 0): string {
  const { random } = scope;
  if (depth < 2 && random.chance(0.2)) {
    const op = random.pick(['AND', 'OR', 'OR']);
    return `(${condition(scope, depth + 1)} ${op} ${condition(scope, depth + 1)})`;
  }
  return random.chance(0.5) ? tagCondition(scope) : fieldCondition(scope);
}

export function tagCondition(scope: Scope): string {
  const { random } = scope;
  const tag = anyTag(scope);
  const value = random.chance(0.12) ? '' : tagValue(random);
  switch (random.integer(0, 5)) {
    case 0:
    case 1:
      return `${tag} = ${stringLiteral(value)}`;
    case 2:
      return `${tag} ${random.pick(['!=', '<>'])} ${stringLiteral(value)}`;
    case 3:
      return `${tag} ${random.pick(['=~', '!~'])} ${random.chance(0.5) ? literalRegex(value) : random.pick(['/a/', '/^(a|b)$/', '/./', '/^$/', '/[a-c]+/', '/(?i)A/'])}`;
    case 4:
      return `${tag} = ${anyTag(scope)}`;
    default:
      return `${stringLiteral(value)} = ${tag}`;
  }
}

function fieldCondition(scope: Scope): string {
  const { random } = scope;
  const fields = fieldsOf(scope);
  if (fields.length === 0) return 'nosuch > 1';
  const column = random.pick(fields);
  const name = identifier(column.name);
  const op = random.pick(['=', '!=', '<', '<=', '>', '>=']);
  switch (column.kind) {
    case 'string':
      if (random.chance(0.3)) return `${name} ${random.pick(['=~', '!~'])} ${random.pick(['/u/', '/^$/', '/o/'])}`;
      return `${name} ${random.pick(['=', '!=', '=', '!=', '<'])} ${random.pick(["'up'", "'down'", "''", "'q\"t'", '1'])}`;
    case 'boolean':
      return random.chance(0.3)
        ? `${name} ${op} 1`
        : `${name} ${random.pick(['=', '!='])} ${random.pick(['true', 'false'])}`;
    default:
      break;
  }
  switch (random.integer(0, 6)) {
    case 0:
      return `${name} ${op} ${anyField(scope)}`;
    case 1:
      return `${name} ${random.pick(['+', '-', '*', '/', '%'])} ${anyNumber(random)} ${op} ${anyNumber(random)}`;
    case 2:
      return `${anyNumber(random)} ${op} ${name}`;
    case 3:
      return random.chance(0.5) ? `abs(${name}) ${op} ${anyNumber(random)}` : `${name} ${op} 'up'`;
    default:
      return `${name} ${op} ${anyNumber(random)}`;
  }
}
