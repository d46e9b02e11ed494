// EXPLAIN: what a SELECT would read, without reading it.
//
// One paragraph for each aggregated expression (or one for all raw columns) of each measurement, with InfluxDB's words.
// FILES and BLOCKS are Weir's blocks, CACHED VALUES the rows in memory of the shards that are touched. VERBOSE has the same
// figures for each shard below them. Where a ladder answers, lines before them say which of its tiers serves which span of time.
import type { NumberedShard } from '../../catalog/index.ts';
import type { MeasurementPlan } from '../../ladder/index.ts';
import type { Snapshot, TableSnapshot } from '../../view/index.ts';
import { compareStrings, compileRegex } from '../../base/index.ts';
import type { Call, Expr, Measurement, Reference } from '../language/ast.ts';
import { reference, walkExpr } from '../language/ast.ts';
import { boundsToRange } from '../language/conditions.ts';
import { printExpr } from '../language/print-expression.ts';
import type { ExplainStatement } from '../language/statement.ts';
import type { QueryContext } from '../result.ts';
import { type CompiledSelect, Snapshots, compileSelect, planLines, readRange } from '../select/index.ts';
import { type Answer, answerTables } from './answer.ts';
import { analyzeSelect } from './explain-analyze.ts';
import { qualifyingSeries } from './schema-condition.ts';
import { settleShards } from './shards.ts';
import { requireDatabase, turnTaker } from './scope.ts';

/** Lines that stand together. */
type Paragraph = readonly string[];

/** null = shards are not told apart. */
type ToldShards = readonly NumberedShard[] | null;

interface Planning {
  readonly shards: ToldShards;
  readonly snapshots: Snapshots;
  /** What tiers serve, by measurement, as they are opened. */
  readonly plans: Map<string, MeasurementPlan>;
  readonly context: QueryContext;
}

export async function explain(statement: ExplainStatement, context: QueryContext): Promise<Answer> {
  const lines = statement.analyze ? await analyzeSelect(statement, context) : await explainPlan(statement, context);
  const rows = lines.map((line) => [line]);
  return answerTables([{ name: '', columns: [statement.analyze ? 'EXPLAIN ANALYZE' : 'QUERY PLAN'], rows }]);
}

async function explainPlan(statement: ExplainStatement, context: QueryContext): Promise<readonly string[]> {
  const shards = statement.verbose ? await settleShards(context) : null;
  const select = compileSelect(statement.statement, context.clock.nowNs());
  const plans = new Map<string, MeasurementPlan>();
  const onTiers = (plan: MeasurementPlan): void => void plans.set(plan.measurement, plan);
  const snapshots = new Snapshots({ ...context, onTiers }, readRange(select));
  try {
    return spaced(await planSelect(select, { shards, snapshots, plans, context }));
  } finally {
    snapshots.release();
  }
}

function spaced(paragraphs: readonly Paragraph[]): readonly string[] {
  return paragraphs.flatMap((paragraph, index) => (index === 0 ? paragraph : ['', ...paragraph]));
}

/** Subqueries read for the query around them, which itself reads nothing. */
async function planSelect(select: CompiledSelect, planning: Planning): Promise<readonly Paragraph[]> {
  const paragraphs: Paragraph[] = [];
  for (const source of select.sources) {
    const planned = source.kind === 'compiled' ? planSelect(source, planning) : planSource(select, source, planning);
    paragraphs.push(...(await planned));
  }
  return paragraphs;
}

async function planSource(
  select: CompiledSelect,
  source: Measurement,
  planning: Planning,
): Promise<readonly Paragraph[]> {
  const { context, snapshots } = planning;
  requireDatabase(source.database, context);
  const takeTurn = turnTaker(context);
  const paragraphs: Paragraph[] = [];
  for (const { snapshot, measurements } of snapshots.open(source, select)) {
    for (const name of measurements) {
      await takeTurn();
      paragraphs.push(...planMeasurement(select, snapshot, name, planning));
    }
  }
  return paragraphs;
}

function planMeasurement(
  select: CompiledSelect,
  snapshot: Snapshot,
  name: string,
  { shards, plans }: Planning,
): readonly Paragraph[] {
  const range = boundsToRange(select);
  const tables = range === undefined ? [] : snapshot.tables(name, range);
  const series = qualifyingSeries(snapshot, name, { condition: select.condition, range });
  const ofShards = tables.flatMap((table) => {
    const own = snapshot.seriesInRange(series, name, table.shard).length;
    const id = shards?.find(
      (shard) => shard.bucketId === table.bucketId && shard.range.startNs === table.shard.startNs,
    )?.id;
    return shards === null
      ? []
      : [`SHARD ${id ?? 'without a number'}:`, ...costLines([table], own).slice(1).map(indented)];
  });
  const plan = plans.get(name);
  plans.delete(name);
  const costs = [...(plan === undefined ? [] : planLines(plan)), ...costLines(tables, series.length), ...ofShards];
  const calls = innermostCalls(select);
  if (calls.length > 0) return calls.map((call) => [`EXPRESSION: ${call}`, ...costs]);
  const columns = rawColumns(select, snapshot, name);
  const auxiliary = columns.length === 0 ? [] : [`AUXILIARY FIELDS: ${columns.map(printExpr).join(', ')}`];
  return [['EXPRESSION: <nil>', ...auxiliary, ...costs]];
}

function costLines(tables: readonly TableSnapshot[], series: number): readonly string[] {
  const sources = tables.flatMap((table) => table.sources);
  const blocks = new Map(
    sources.flatMap((source) => (source.kind === 'block' ? [[source.key, source.sizeBytes]] : [])),
  );
  const rows = sources.reduce((sum, source) => (source.kind === 'memtable' ? sum + source.rowCount : sum), 0);
  return [
    `NUMBER OF SHARDS: ${tables.length}`,
    `NUMBER OF SERIES: ${series}`,
    `CACHED VALUES: ${rows}`,
    `NUMBER OF FILES: ${blocks.size}`,
    `NUMBER OF BLOCKS: ${blocks.size}`,
    `SIZE OF BLOCKS: ${blocks.values().reduce((sum, sizeBytes) => sum + sizeBytes, 0)}`,
  ];
}

function indented(line: string): string {
  return `  ${line}`;
}

/** Calls that take columns, each once: `mean(v)` of `derivative(mean(v), 1s)`. */
function innermostCalls(select: CompiledSelect): readonly string[] {
  const calls = new Set<string>();
  for (const field of select.fields) {
    walkExpr(field.expr, (expr) => {
      if (expr.kind === 'call' && !expr.args.some(hasCall) && expr.args.some(isColumn)) calls.add(printExpr(expr));
    });
  }
  return [...calls];
}

function hasCall(expr: Expr): boolean {
  let found: Call | undefined;
  walkExpr(expr, (node) => void (found ??= node.kind === 'call' ? node : undefined));
  return found !== undefined;
}

function isColumn(expr: Expr): boolean {
  return expr.kind === 'reference' || expr.kind === 'wildcard' || expr.kind === 'regex';
}

/** The columns of a query without calls, with their types, ascending by name. */
function rawColumns(select: CompiledSelect, snapshot: Snapshot, measurement: string): readonly Reference[] {
  const fields = snapshot.fields(measurement);
  const tags = new Set(snapshot.tagKeys(measurement));
  const columns = new Map<string, Reference>();
  const add = (name: string): void => {
    const type = fields.get(name) ?? (tags.has(name) ? 'tag' : null);
    columns.set(name, reference(name, type));
  };
  const addAll = (isWanted: (name: string) => boolean): void => {
    for (const name of [...fields.keys(), ...tags]) if (isWanted(name)) add(name);
  };
  for (const field of select.fields) {
    walkExpr(field.expr, (expr) => {
      if (expr.kind === 'reference') add(expr.name);
      if (expr.kind === 'regex') {
        const regex = compileRegex(expr.source);
        addAll((name) => regex.test(name));
      }
      if (expr.kind === 'wildcard') {
        addAll((name) => expr.type === null || (expr.type === 'field' ? fields.has(name) : tags.has(name)));
      }
    });
  }
  return [...columns.values()].sort((a, b) => compareStrings(a.name, b.name));
}
