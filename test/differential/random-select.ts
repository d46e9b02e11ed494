// Random SELECT statements over a random database: every clause, up to two levels of subqueries.
import { identifier, lineKey } from './names.ts';
import { type FieldList, outputNames, randomFields } from './random-fields.ts';
import { type Column, type Scope, condition, duration, tagCondition, tagsOf, timeBounds } from './scope.ts';
import type { Select } from './select.ts';
import type { Measurement } from './schema.ts';

export function randomSelect(scope: Omit<Scope, 'columns'>): Select {
  return selectAtDepth(scope, scope.random.chance(0.35) ? scope.random.integer(1, 2) : 0, null);
}

type Base = Omit<Scope, 'columns'>;

function selectAtDepth(base: Base, depth: number, descending: boolean | null): Select {
  const { random } = base;
  const isDescending = descending ?? random.chance(0.2);
  const { sources, columns } = depth === 0 ? storedSources(base) : subquerySources(base, depth, isDescending);
  const scope: Scope = { ...base, columns };
  const interval = random.chance(0.4);
  const list = randomFields(scope, interval);
  return {
    kind: 'select',
    fields: list.fields,
    into: null,
    sources,
    where: randomWhere(scope, interval),
    groupBy: randomGroups(scope, interval),
    fill: randomFill(scope, list, interval),
    descending: isDescending,
    limits: descending === null || random.chance(0.3) ? randomLimits(scope, depth > 0 || descending !== null) : [],
    timeZone: random.chance(0.1) ? random.pick(['Europe/Berlin', 'America/New_York', 'UTC', 'Asia/Kolkata']) : null,
  };
}

interface Sources {
  readonly sources: readonly (string | Select)[];
  readonly columns: readonly Column[];
}

function storedSources({ random, database }: Base): Sources {
  const { measurements, policies } = database;
  const chosen = random.pick(measurements);
  const columns = columnsOf([chosen]);
  const name = identifier(chosen.name);
  switch (random.integer(0, 11)) {
    case 0:
      return { sources: [random.pick(['/./', '/^[a-m]/', '/.*u.*/'])], columns: columnsOf(measurements) };
    case 1:
      return {
        sources: measurements.map((measurement) => identifier(measurement.name)),
        columns: columnsOf(measurements),
      };
    case 2:
      return { sources: [`${policies.length > 0 ? random.pick(policies) : 'autogen'}.${name}`], columns };
    case 3:
      return { sources: policies.length > 0 ? [name, `${policies[0]}.${name}`] : [`"autogen".${name}`], columns };
    default:
      return { sources: [name], columns };
  }
}

function columnsOf(measurements: readonly Measurement[]): Column[] {
  return measurements.flatMap(({ tags, fields }) => [
    ...fields,
    ...tags.map((name) => ({ name, kind: 'tag' as const })),
  ]);
}

function subquerySources(base: Base, depth: number, descending: boolean): Sources {
  const { random } = base;
  const inner = selectAtDepth(base, depth - 1, descending);
  const shown = columnsOf(base.database.measurements);
  const names = outputNames(inner.fields, { ...base, columns: shown });
  const columns: Column[] = names.map((name) => ({ name, kind: 'float' }));
  const grouped = tagsOf({ ...base, columns: shown }).filter(({ name }) => inner.groupBy.includes(identifier(name)));
  const sources = random.chance(0.08) ? [inner, selectAtDepth(base, 0, descending)] : [inner];
  return { sources, columns: [...columns, ...grouped] };
}

function randomWhere(scope: Scope, interval: boolean): string[] {
  const { random } = scope;
  const where: string[] = [];
  if (random.chance(0.35)) where.push(condition(scope));
  if (random.chance(0.1)) where.push(tagCondition(scope));
  // Without an end, windows would go on until now.
  if (interval || random.chance(0.4)) where.push(...timeBounds(scope, interval));
  return random.chance(0.2) ? where.reverse() : where;
}

function randomGroups(scope: Scope, interval: boolean): string[] {
  const { random, database } = scope;
  const groups: string[] = [];
  const tags = tagsOf(scope);
  if (random.chance(0.45)) {
    if (random.chance(0.25)) groups.push(random.pick(['*', '/./', '/o/', '/^h/']));
    else if (tags.length > 0) {
      groups.push(identifier(random.pick(tags).name));
      const other = identifier(random.pick(tags).name);
      // InfluxDB counts a tag that is named twice as two when it limits.
      if (random.chance(0.3) && !groups.includes(other)) groups.push(other);
    } else if (random.chance(0.2)) groups.push(lineKey('nosuchtag'));
  }
  if (interval) {
    const offset = random.chance(0.15) ? `, ${random.chance(0.3) ? '-' : ''}${duration(database.stepNs * 3n)}` : '';
    groups.splice(random.integer(0, groups.length), 0, `time(${duration(windowLength(scope))}${offset})`);
  }
  return groups;
}

/** Some steps of the points, a span of the calendar, or so short that there are thousands of windows. */
function windowLength({ random, database: { firstNs, lastNs, stepNs } }: Scope): bigint {
  const spanNs = lastNs - firstNs;
  const spans = [HOUR, DAY, 7n * DAY].filter((length) => spanNs / length < MANY_WINDOWS);
  if (random.chance(0.12)) return random.pick(spans);
  if (random.chance(0.04) && spanNs > MANY_WINDOWS) return spanNs / MANY_WINDOWS;
  const steps = stepNs * BigInt(random.pick([1, 2, 3, 4, 5, 7, 10, 20]));
  return random.chance(0.1) && steps > 1n ? steps / 2n : steps;
}

const HOUR = 3_600_000_000_000n;
const DAY = 24n * HOUR;
const MANY_WINDOWS = 3000n;

function randomFill(scope: Scope, { kind }: FieldList, interval: boolean): string | null {
  const { random } = scope;
  if (!random.chance(interval ? 0.5 : 0.04)) return null;
  const modes = ['none', 'null', 'previous', 'linear', '0', '7', '-2.5'];
  return kind === 'raw' ? random.pick(['null', 'previous', '0']) : random.pick(modes);
}

/** `nested`: LIMIT within a subquery, and SLIMIT over one, are InfluxDB's accidents; docs/deviations.md has them. */
function randomLimits(scope: Scope, nested: boolean): string[] {
  const { random } = scope;
  const limits: string[] = [];
  if (random.chance(0.2)) limits.push(`LIMIT ${random.pick([1, 2, 3, 5, 100])}`);
  if (random.chance(0.1)) limits.push(`OFFSET ${random.pick([1, 2, 4])}`);
  if (nested) return limits;
  if (random.chance(0.06)) limits.push(`SLIMIT ${random.pick([1, 2])}`);
  if (random.chance(0.04)) limits.push(`SOFFSET ${random.pick([1, 2])}`);
  return limits;
}
