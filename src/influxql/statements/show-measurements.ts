// SHOW MEASUREMENTS: names over all policies of a database.
//
// A condition on a tag speaks of the measurement as a whole, as in InfluxDB: `region = 'eu'` asks whether some series has
// that value, `region != 'eu'` whether none has it, and either whether the measurement has the tag at all.
import { WeirError, compareStrings, compileRegex } from '../../base/index.ts';
import type { Snapshot } from '../../view/index.ts';
import type { Binary, Expr } from '../language/ast.ts';
import type { ShowMeasurementsStatement } from '../language/statement.ts';
import type { QueryContext } from '../result.ts';
import { type Answer, NOTHING, answerTables, limited } from './answer.ts';
import { refuseTime } from './schema-condition.ts';
import { databaseName, nameFilter, turnTaker, withSchemas } from './scope.ts';

/** Whether the measurement `name` qualifies. */
type NameTest = (name: string, snapshots: readonly Snapshot[]) => boolean;

export async function showMeasurements(statement: ShowMeasurementsStatement, context: QueryContext): Promise<Answer> {
  const name = databaseName(statement.database, context);
  refuseTime(statement.condition, 'SHOW MEASUREMENTS');
  const isNamed = nameFilter(statement.source === null ? [] : [statement.source]);
  const qualifies = statement.condition === null ? () => true : measurementTest(statement.condition);
  const policies = context.catalog.database(name)?.policies ?? [];
  const names = await withSchemas(policies, context, async (snapshots) => {
    const takeTurn = turnTaker(context);
    const found: string[] = [];
    for (const measurement of measurementNames(snapshots)) {
      await takeTurn();
      if (isNamed(measurement) && qualifies(measurement, snapshots)) found.push(measurement);
    }
    return found;
  });
  const rows = limited(names, statement.limit, statement.offset).map((measurement) => [measurement]);
  return rows.length === 0 ? NOTHING : answerTables([{ name: 'measurements', columns: ['name'], rows }]);
}

/** The measurements of all snapshots, each once, ascending. */
export function measurementNames(snapshots: readonly Snapshot[]): readonly string[] {
  if (snapshots.length === 1) return snapshots[0].measurements();
  return [...new Set(snapshots.flatMap((snapshot) => snapshot.measurements()))].sort(compareStrings);
}

function measurementTest(condition: Expr): NameTest {
  if (condition.kind === 'paren') return measurementTest(condition.expr);
  if (condition.kind !== 'binary') throw new WeirError('invalid', 'invalid tag comparison operator');
  if (condition.op !== 'AND' && condition.op !== 'OR') return comparisonTest(condition);
  const left = measurementTest(condition.left);
  const right = measurementTest(condition.right);
  return condition.op === 'AND'
    ? (name, snapshots) => left(name, snapshots) && right(name, snapshots)
    : (name, snapshots) => left(name, snapshots) || right(name, snapshots);
}

function comparisonTest({ left, op, right }: Binary): NameTest {
  if (op !== '=' && op !== '!=' && op !== '=~' && op !== '!~') {
    throw new WeirError('invalid', 'invalid tag comparison operator');
  }
  if (left.kind !== 'reference') throw new WeirError('invalid', `left side of '${op}' must be a tag key`);
  const positive = op === '=' || op === '=~';
  const matches = valueTest(op, right);
  const tag = left.name;
  if (tag === '_name') return (name) => matches(name) === positive;
  return (name, snapshots) => {
    const holding = snapshots.filter((snapshot) => snapshot.tagKeys(name).includes(tag));
    return holding.length > 0 && holding.some((snapshot) => someTagValue(snapshot, name, tag, matches)) === positive;
  };
}

function valueTest(op: string, right: Expr): (value: string) => boolean {
  if (right.kind === 'regex') {
    const regex = compileRegex(right.source);
    return (value) => regex.test(value);
  }
  if (right.kind === 'string') return (value) => value === right.value;
  throw new WeirError('invalid', `right side of '${op}' must be a tag value string`);
}

function someTagValue(
  snapshot: Snapshot,
  measurement: string,
  tag: string,
  matches: (value: string) => boolean,
): boolean {
  const values = new Set(snapshot.tagValues(snapshot.series(measurement), tag));
  values.delete('');
  return values.values().some(matches);
}
