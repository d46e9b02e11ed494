// ADOPT CONTINUOUS QUERIES: a ladder in the place of continuous queries that make a cascade. The answer is the plan: what is
// created, and what becomes of each query. Points that the queries wrote stay in their policies, under their own names.
import { WeirError, messageOf } from '../../base/index.ts';
import type { ContinuousQueryDefinition, Database } from '../../catalog/index.ts';
import { type AdoptableCall, type AdoptableQuery, planAdoption, readLadder } from '../../ladder/index.ts';
import { type NamePattern, formatDuration } from '../../model/index.ts';
import type { Expr, Field, Measurement, SelectStatement } from '../language/ast.ts';
import { printLadderStatement, printLadderText } from '../language/print-ladder.ts';
import type { AdoptStatement } from '../language/statement.ts';
import type { QueryContext } from '../result.ts';
import { type Answer, answerTables } from './answer.ts';
import { type ContinuousSelect, readContinuousQuery } from './continuous-select.ts';
import { keepOf } from './ladder-status.ts';
import { requireDatabase } from './scope.ts';

const QUERY_COLUMNS = ['query', 'tier', 'step', 'keep', 'remark'];

export async function adoptQueries(statement: AdoptStatement, context: QueryContext): Promise<Answer> {
  const database = requireDatabase(statement.database, context);
  const name = statement.name || database.name;
  const queries = database.continuousQueries.map((query) => adoptable(query, database));
  const policies = database.policies.map((policy) => ({ name: policy.name, durationNs: policy.bucket.durationNs }));
  const plan = planAdoption(name, queries, policies);
  const spec = readLadder(name, plan.definition);
  context.catalog.checkLadder(database.name, spec);
  if (!statement.dryRun) {
    if (plan.starving.length > 0) throw new WeirError('conflict', starvingText(plan.starving));
    const replaced = plan.queries.filter(({ tier }) => tier !== null).map((query) => query.name);
    await context.catalog.createLadder(database.name, spec, printLadderText(plan.definition), replaced);
    await context.ladders?.refresh();
  }
  const ladder = printLadderStatement({
    kind: 'create ladder',
    name,
    database: database.name,
    definition: plan.definition,
  });
  const rows = plan.queries.map(({ name: query, tier, remark }, index) => {
    const policy = database.policies.find((each) => each.name === tier);
    const step = policy === undefined ? null : formatDuration(queries[index].intervalNs);
    const starves = plan.starving.includes(query) ? 'it would find nothing new: drop or change it first' : '';
    const remarks = [remark, starves].filter((text) => text !== '').join('; ');
    return [query, tier, step, policy === undefined ? null : keepOf(policy.bucket), remarks];
  });
  return answerTables([
    { name: 'ladder', columns: ['definition'], rows: [[ladder]] },
    { name: 'continuous queries', columns: QUERY_COLUMNS, rows },
  ]);
}

function starvingText(names: readonly string[]): string {
  return `continuous queries that stay read what the ladder would take over: ${names.join(', ')}: drop or change them first`;
}

function adoptable({ name, text }: ContinuousQueryDefinition, database: Database): AdoptableQuery {
  let query: ContinuousSelect;
  try {
    query = readContinuousQuery(text);
  } catch (error) {
    return { ...NOTHING_KNOWN, name, obstacle: messageOf(error) };
  }
  const { select, sources, target, intervalNs, timeZone } = query;
  const [source] = sources;
  const calls = select.fields.map(callOf);
  return {
    name,
    obstacle: obstacleOf(query, calls, database.name),
    source: { policy: source.policy, measurements: patternOf(source) },
    sourcePolicies: sources.map(({ policy }) => policy),
    targetPolicy: target.policy,
    intervalNs,
    timeZone,
    calls: calls.filter((call) => call !== undefined),
  };
}

const NOTHING_KNOWN: Omit<AdoptableQuery, 'name' | 'obstacle'> = {
  source: { policy: '', measurements: { kind: 'all' } },
  sourcePolicies: [],
  targetPolicy: '',
  intervalNs: 0n,
  timeZone: '',
  calls: [],
};

function obstacleOf(
  { select, sources, target, offsetNs }: ContinuousSelect,
  calls: readonly (AdoptableCall | undefined)[],
  database: string,
): string {
  if (sources.length !== 1 || select.sources[0].kind === 'subquery') return 'it reads more than one source';
  const [source] = sources;
  if (source.database !== database || target.database !== database) return 'it reads or writes another database';
  if (target.name !== '' && target.name !== source.name) return 'it writes under another name than it reads';
  if (select.condition !== null) return 'it has a condition';
  if (offsetNs !== 0n) return 'its windows are shifted';
  if (!groupsByAllTags(select)) return 'it does not group by all tags (GROUP BY *)';
  const { limit, offset, slimit, soffset } = select;
  if (limit + offset + slimit + soffset > 0) return 'it has a limit';
  return calls.includes(undefined) ? 'it computes with what functions give' : '';
}

function groupsByAllTags({ dimensions }: SelectStatement): boolean {
  return dimensions.some((dimension) => dimension.kind === 'wildcard' && dimension.type !== 'field');
}

/** undefined for anything but a function of fields. */
function callOf({ expr }: Field): AdoptableCall | undefined {
  if (expr.kind !== 'call') return undefined;
  const fields = fieldsOf(expr.args[0]);
  return fields && { function: expr.name, fields };
}

function fieldsOf(expr: Expr | undefined): NamePattern | undefined {
  switch (expr?.kind) {
    case 'wildcard':
      return { kind: 'all' };
    case 'reference':
      return { kind: 'name', name: expr.name };
    case 'regex':
      return { kind: 'regex', source: expr.source };
    default:
      return undefined;
  }
}

function patternOf({ name, regex }: Measurement): NamePattern {
  if (regex === null) return { kind: 'name', name };
  return ['.*', '.+', '.', '', '^.*$'].includes(regex) ? { kind: 'all' } : { kind: 'regex', source: regex };
}
