// A random statement about a random database: queries, statements that write or delete and what is then there, SHOW, and faults.
import { garbled, senselessCall } from './random-faults.ts';
import { randomSelect } from './random-select.ts';
import { randomShow } from './random-show.ts';
import { identifier } from './names.ts';
import { type Scope, tagCondition, timeBounds } from './scope.ts';
import { type Query, printQuery } from './select.ts';

export function randomStatement(base: Omit<Scope, 'columns'>): Query {
  const { random, database } = base;
  const measurement = random.pick(database.measurements);
  const columns = [...measurement.fields, ...measurement.tags.map((name) => ({ name, kind: 'tag' as const }))];
  const scope: Scope = { ...base, columns };
  switch (random.integer(0, 19)) {
    case 0:
    case 1:
      return {
        ...randomSelect(base),
        into: random.pick([
          'copy',
          'copy',
          'autogen.copy',
          '"odd copy"',
          ...database.policies.map((policy) => `${policy}.copy`),
        ]),
      };
    case 2:
      return { kind: 'plain', text: randomDelete(scope, identifier(measurement.name)), changes: true };
    case 3:
    case 4:
    case 5:
      return { kind: 'plain', text: randomShow(scope), changes: false };
    case 6:
      return { kind: 'plain', text: garbled(random, printQuery(randomSelect(base))), changes: false };
    case 7:
      return { kind: 'plain', text: garbled(random, randomShow(scope)), changes: false };
    case 8:
      return { kind: 'plain', text: senselessCall(scope, identifier(measurement.name)), changes: false };
    default:
      return randomSelect(base);
  }
}

function randomDelete(scope: Scope, measurement: string): string {
  const { random } = scope;
  const conditions = [
    ...(random.chance(0.5) && scope.columns.some(({ kind }) => kind === 'tag') ? [tagCondition(scope)] : []),
    ...(random.chance(0.6) ? timeBounds(scope, false) : []),
  ];
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const statement = random.pick([
    `DELETE FROM ${measurement}${where}`,
    `DELETE FROM ${measurement}${where}`,
    `DELETE${where === '' ? ` FROM ${measurement}` : where}`,
    `DELETE FROM /./${where}`,
    `DROP SERIES FROM ${measurement}${conditions
      .filter((condition) => !/\btime\b/.test(condition))
      .map((condition) => ` WHERE ${condition}`)
      .slice(0, 1)
      .join('')}`,
    `DROP MEASUREMENT ${measurement}`,
  ]);
  return statement;
}
