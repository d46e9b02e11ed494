// SHOW SERIES: the keys of a database's series, or of a policy's that is named, by measurement and then tag by tag.
import { WeirError, compareStrings } from '../../base/index.ts';
import type { RetentionPolicy } from '../../catalog/index.ts';
import type { Snapshot } from '../../view/index.ts';
import type { Expr, Measurement, Source } from '../language/ast.ts';
import { measurement, walkExpr } from '../language/ast.ts';
import type { ShowSeriesStatement } from '../language/statement.ts';
import type { QueryContext } from '../result.ts';
import { type Answer, NOTHING, answerTables, limited } from './answer.ts';
import { hasTimeBound, qualifyingSeries, splitSchemaCondition } from './schema-condition.ts';
import { type NameFilter, nameFilter, requireDatabase, requirePolicy, turnTaker, withSchemas } from './scope.ts';

export async function showSeries(statement: ShowSeriesStatement, context: QueryContext): Promise<Answer> {
  refuseOtherOperators(statement.condition);
  const schema = splitSchemaCondition(statement.condition, context);
  const found: FoundSeries[] = [];
  for (const { policy, isNamed } of seriesPolicies(statement, context)) {
    await withSchemas([policy], context, async (snapshots) => {
      const takeTurn = turnTaker(context);
      for (const snapshot of snapshots) {
        for (const name of snapshot.measurements()) {
          await takeTurn();
          if (!isNamed(name)) continue;
          for (const id of qualifyingSeries(snapshot, name, schema)) found.push(foundSeries(snapshot, name, id));
        }
      }
    });
  }
  found.sort((a, b) => compareStrings(a.order, b.order));
  const unique = found.filter(({ key }, at) => at === 0 || key !== found[at - 1].key);
  const rows = limited(unique, statement.limit, statement.offset).map(({ key }) => [key]);
  return rows.length === 0 ? NOTHING : answerTables([{ name: '', columns: ['key'], rows }]);
}

/** A source that names no policy means all of them. */
function seriesPolicies({ sources, database }: ShowSeriesStatement, context: QueryContext): readonly SourcePolicy[] {
  if (context.policy !== undefined && context.policy !== '') return sourcePolicies(sources, database, context);
  const named = sources.length === 0 ? [measurement({ regex: '' })] : sources;
  const inPolicies = named.flatMap((source) => {
    if (source.kind !== 'measurement' || source.policy !== '') return [source];
    const { policies } = requireDatabase(source.database === '' ? database : source.database, context);
    return policies.map((policy) => ({ ...source, policy: policy.name }));
  });
  return sourcePolicies(inPolicies, database, context);
}

export interface SourcePolicy {
  readonly policy: RetentionPolicy;
  readonly isNamed: NameFilter;
}

/**
 * The policies that a FROM clause reads, each with the measurements asked of it. Like SELECT, a source reads one policy:
 * the one that it names, else the request's, else its database's default.
 */
export function sourcePolicies(
  sources: readonly Source[],
  database: string,
  context: QueryContext,
): readonly SourcePolicy[] {
  const named: readonly Source[] = sources.length === 0 ? [measurement({ regex: '' })] : sources;
  const byBucket = new Map<string, { policy: RetentionPolicy; sources: Measurement[] }>();
  for (const source of named) {
    if (source.kind !== 'measurement') throw new WeirError('invalid', 'a subquery is not a measurement');
    const { name } = requireDatabase(source.database === '' ? database : source.database, context);
    const policy = requirePolicy(name, source.policy, context);
    const entry = byBucket.get(policy.bucket.id) ?? { policy, sources: [] };
    entry.sources.push(source);
    byBucket.set(policy.bucket.id, entry);
  }
  return [...byBucket.values()].map((entry) => ({ policy: entry.policy, isNamed: nameFilter(entry.sources) }));
}

/** Without time in it, the condition is answered from the index, which compares for equality only. */
function refuseOtherOperators(condition: Expr | null): void {
  if (condition === null || hasTimeBound(condition)) return;
  walkExpr(condition, (expr) => {
    if (expr.kind !== 'binary' || ['=', '!=', '=~', '!~', 'AND', 'OR'].includes(expr.op)) return;
    throw new WeirError('invalid', 'invalid tag comparison operator');
  });
}

interface FoundSeries {
  readonly key: string;
  readonly order: string;
}

/** Series come by measurement, then by their tags, one after the other. NUL sorts before everything that those can hold. */
function foundSeries(snapshot: Snapshot, name: string, id: number): FoundSeries {
  const tags = snapshot.tags(id).map((tag) => `${tag.key}\0${tag.value}`);
  return { key: snapshot.seriesKey(id), order: [name, ...tags].join('\0') };
}
