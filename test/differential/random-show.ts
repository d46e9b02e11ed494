// Random SHOW statements, each with some of its clauses.
import { identifier, literalRegex, stringLiteral, tagValue } from './names.ts';
import { type Scope, tagCondition } from './scope.ts';

export function randomShow(scope: Scope): string {
  const { random } = scope;
  switch (random.integer(0, 9)) {
    case 0:
      return join('SHOW MEASUREMENTS', on(scope), withMeasurement(scope), where(scope), limits(scope));
    case 1:
    case 2:
      return join('SHOW SERIES', on(scope), from(scope), where(scope), limits(scope));
    case 3:
    case 4:
      return join('SHOW TAG KEYS', on(scope), from(scope), where(scope), limits(scope));
    case 5:
    case 6:
      return join('SHOW TAG VALUES', on(scope), from(scope), withKey(scope), where(scope), limits(scope));
    case 7:
      return join('SHOW FIELD KEYS', on(scope), from(scope), limits(scope));
    case 8:
      return cardinality(scope);
    default:
      return random.pick(['SHOW RETENTION POLICIES ON d', 'SHOW RETENTION POLICIES', 'SHOW DATABASES']);
  }
}

function cardinality(scope: Scope): string {
  const { random } = scope;
  switch (random.integer(0, 4)) {
    case 0:
      return join('SHOW SERIES EXACT CARDINALITY', on(scope), from(scope), where(scope));
    case 1:
      return join('SHOW MEASUREMENT EXACT CARDINALITY', on(scope), from(scope), where(scope));
    case 2:
      return join(`SHOW TAG KEY ${exact(scope)}CARDINALITY`, on(scope), from(scope), where(scope));
    case 3:
      return join(`SHOW TAG VALUES ${exact(scope)}CARDINALITY`, on(scope), from(scope), withKey(scope), where(scope));
    default:
      return join(`SHOW FIELD KEY ${exact(scope)}CARDINALITY`, on(scope), from(scope));
  }
}

function join(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}

function exact({ random }: Scope): string {
  return random.chance(0.5) ? 'EXACT ' : '';
}

function on({ random }: Scope): string {
  return random.chance(0.2) ? `ON ${random.pick(['d', 'd', 'd', 'nosuch'])}` : '';
}

function from(scope: Scope): string {
  const { random, database } = scope;
  if (random.chance(0.5)) return '';
  const name = identifier(random.pick(database.measurements).name);
  return `FROM ${random.pick([name, name, name, '/./', '/^[a-m]/', 'nosuch', database.measurements.map((one) => identifier(one.name)).join(', ')])}`;
}

function withMeasurement({ random, database }: Scope): string {
  if (random.chance(0.6)) return '';
  const { name } = random.pick(database.measurements);
  return `WITH MEASUREMENT ${random.pick([`= ${identifier(name)}`, `=~ ${literalRegex(name)}`, '=~ /[a-m]/', '= nosuch'])}`;
}

function withKey({ random, columns }: Scope): string {
  const tags = columns.filter(({ kind }) => kind === 'tag').map(({ name }) => name);
  const tag = (): string => identifier(tags.length === 0 ? 'nosuch' : random.pick(tags));
  return `WITH KEY ${random.pick([`= ${tag()}`, `= ${tag()}`, `!= ${tag()}`, '=~ /o/', '!~ /o/', `IN (${tag()}, ${tag()})`])}`;
}

/** Conditions on tags only: docs/deviations.md has those on fields. */
function where(scope: Scope): string {
  const { random } = scope;
  if (random.chance(0.6)) return '';
  const tags = scope.columns.filter(({ kind }) => kind === 'tag');
  if (tags.length === 0) return '';
  const tag = identifier(random.pick(tags).name);
  const one = `${tag} ${random.pick(['=', '!='])} ${stringLiteral(random.chance(0.15) ? '' : tagValue(random))}`;
  return `WHERE ${random.pick([one, `${tag} =~ /a/`, `${tag} !~ /^$/`, `${one} AND ${simple(scope)}`, `${one} OR ${simple(scope)}`])}`;
}

function simple(scope: Scope): string {
  for (;;) {
    const condition = tagCondition(scope);
    if (/^[^'].*['/]/.test(condition)) return condition;
  }
}

function limits({ random }: Scope): string {
  const parts = [];
  if (random.chance(0.25)) parts.push(`LIMIT ${random.integer(1, 4)}`);
  if (random.chance(0.15)) parts.push(`OFFSET ${random.integer(1, 3)}`);
  return parts.join(' ');
}
