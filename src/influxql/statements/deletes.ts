// DELETE, DROP SERIES and DROP MEASUREMENT: points that go, in all policies of the request's database.
import { WeirError } from '../../base/index.ts';
import { ALL_TIME, type TagPredicate, type TimeRange } from '../../model/index.ts';
import type { Snapshot } from '../../view/index.ts';
import type { Expr } from '../language/ast.ts';
import { boundsToRange, splitTime } from '../language/conditions.ts';
import { splitTags } from '../language/series-condition.ts';
import type { DeleteStatement, DropMeasurementStatement, DropSeriesStatement } from '../language/statement.ts';
import type { QueryContext } from '../result.ts';
import { type Answer, NOTHING } from './answer.ts';
import { type Deletable, withDeletables } from './deletable.ts';
import { qualifyingSeries, refuseTime, scopeOf } from './schema-condition.ts';
import { nameFilter, requireDatabase } from './scope.ts';
import { settleShards } from './shards.ts';

/** Deletes of one bucket that share their condition. */
interface PlannedDelete {
  readonly bucketId: string;
  readonly measurements: string[];
  readonly predicate: TagPredicate | null;
}

export async function deletePoints(statement: DeleteStatement, context: QueryContext): Promise<Answer> {
  const split = splitTime(statement.condition, { nowNs: context.clock.nowNs(), timeZone: 'UTC' });
  const range = boundsToRange(split);
  return range === undefined ? NOTHING : deleteWhere(statement, split.condition, range, context);
}

export async function dropSeries(statement: DropSeriesStatement, context: QueryContext): Promise<Answer> {
  refuseTime(statement.condition, 'DROP SERIES');
  const { condition } = splitTime(statement.condition, { nowNs: context.clock.nowNs(), timeZone: 'UTC' });
  return deleteWhere(statement, condition, ALL_TIME, context);
}

/** A measurement that does not exist is no error. */
export async function dropMeasurement(statement: DropMeasurementStatement, context: QueryContext): Promise<Answer> {
  const database = requireDatabase('', context);
  const buckets = await withDeletables(database, context, async (deletables) =>
    deletables.filter(({ measurements }) => measurements.includes(statement.name)).map(({ bucketId }) => bucketId),
  );
  for (const bucketId of buckets)
    await context.view.delete(bucketId, { measurements: [statement.name], predicate: null, range: ALL_TIME });
  return NOTHING;
}

/** Plans everything before anything is deleted, so that a condition on fields stops all of it. */
async function deleteWhere(
  statement: DeleteStatement | DropSeriesStatement,
  condition: Expr | null,
  range: TimeRange,
  context: QueryContext,
): Promise<Answer> {
  const isNamed = nameFilter(statement.sources);
  const planned = await withDeletables(requireDatabase('', context), context, async (deletables) => {
    const plans: PlannedDelete[] = [];
    for (const deletable of deletables)
      plans.push(...(await planDeletes(deletable, isNamed, condition, range, context)));
    return plans;
  });
  for (const { bucketId, measurements, predicate } of planned) {
    await context.view.delete(bucketId, { measurements, predicate, range });
  }
  return NOTHING;
}

/** Which names are tags depends on the measurement, so conditions may differ between them. */
async function planDeletes(
  { bucketId, snapshot, measurements }: Deletable,
  isNamed: (measurement: string) => boolean,
  condition: Expr | null,
  range: TimeRange,
  context: QueryContext,
): Promise<readonly PlannedDelete[]> {
  const byCondition = new Map<string, PlannedDelete>();
  for (const measurement of measurements) {
    if (!isNamed(measurement)) continue;
    const { series, rest } = splitTags(condition, scopeOf(snapshot, measurement));
    if (rest !== null) {
      await refuseFields(snapshot, measurement, condition, range, context);
      continue;
    }
    const key = JSON.stringify(series);
    const plan = byCondition.get(key) ?? { bucketId, measurements: [], predicate: series };
    plan.measurements.push(measurement);
    byCondition.set(key, plan);
  }
  return [...byCondition.values()];
}

/** Points cannot be chosen by their values. Names the first shard that has such points. */
async function refuseFields(
  snapshot: Snapshot,
  measurement: string,
  condition: Expr | null,
  range: TimeRange,
  context: QueryContext,
): Promise<void> {
  if (qualifyingSeries(snapshot, measurement, { condition, range: null }).length === 0) return;
  const table = snapshot.tables(measurement, range).at(0);
  if (table === undefined) return;
  const shard = (await settleShards(context)).find(
    ({ bucketId, range: { startNs } }) => bucketId === snapshot.bucketId && startNs === table.shard.startNs,
  );
  throw new WeirError('invalid', `shard ${shard?.id ?? 0}: fields not supported in WHERE clause during deletion`);
}
