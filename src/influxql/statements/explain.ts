// EXPLAIN: what a SELECT would read, without reading it; EXPLAIN ANALYZE: how long it takes, without its rows.
//
// One paragraph for each aggregated expression (or one for all raw columns) of each measurement, with InfluxDB's words.
// FILES and BLOCKS are Weir's blocks, CACHED VALUES the rows in memory of the shards that are touched.
import type { Snapshot, TableSnapshot } from '../../view/index.ts';
import { compareStrings, compileRegex } from '../../base/index.ts';
import type { Call, Expr, Measurement, Reference } from '../language/ast.ts';
import { reference, walkExpr } from '../language/ast.ts';
import { boundsToRange } from '../language/conditions.ts';
import { printExpr } from '../language/print-expression.ts';
import type { ExplainStatement } from '../language/statement.ts';
import type { QueryContext } from '../result.ts';
import { type CompiledSelect, compileSelect, executeSelect } from '../select/index.ts';
import { type Answer, answerTables } from './answer.ts';
import { qualifyingSeries } from './schema-condition.ts';
import { nameFilter, requireDatabase, requirePolicy, turnTaker, withSnapshots } from './scope.ts';

export async function explain(statement: ExplainStatement, context: QueryContext): Promise<Answer> {
  const lines = statement.analyze ? await analyze(statement, context) : await planLines(statement, context);
  const rows = lines.map((line) => [line]);
  return answerTables([{ name: '', columns: [statement.analyze ? 'EXPLAIN ANALYZE' : 'QUERY PLAN'], rows }]);
}

async function planLines(statement: ExplainStatement, context: QueryContext): Promise<readonly string[]> {
  const paragraphs = await planSelect(compileSelect(statement.statement, context.clock.nowNs()), context);
  return paragraphs.flatMap((paragraph, index) => (index === 0 ? paragraph : ['', ...paragraph]));
}

/** Subqueries read for the query around them, which itself reads nothing. */
async function planSelect(select: CompiledSelect, context: QueryContext): Promise<readonly (readonly string[])[]> {
  const paragraphs: (readonly string[])[] = [];
  for (const source of select.sources) {
    const planned = source.kind === 'compiled' ? planSelect(source, context) : planSource(select, source, context);
    paragraphs.push(...(await planned));
  }
  return paragraphs;
}

async function planSource(
  select: CompiledSelect,
  source: Measurement,
  context: QueryContext,
): Promise<readonly (readonly string[])[]> {
  const database = requireDatabase(source.database, context);
  const policy = requirePolicy(database.name, source.policy, context);
  return withSnapshots([policy], context, async ([snapshot]) => {
    const isNamed = nameFilter([source]);
    const takeTurn = turnTaker(context);
    const paragraphs: (readonly string[])[] = [];
    for (const name of source.regex === null ? [source.name] : snapshot.measurements().filter(isNamed)) {
      await takeTurn();
      paragraphs.push(...planMeasurement(select, snapshot, name));
    }
    return paragraphs;
  });
}

function planMeasurement(select: CompiledSelect, snapshot: Snapshot, name: string): readonly (readonly string[])[] {
  const range = boundsToRange(select);
  const tables = range === undefined ? [] : snapshot.tables(name, range);
  const series = qualifyingSeries(snapshot, name, { condition: select.condition, range }).length;
  const costs = costLines(tables, series);
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

/** Runs the query to its end and throws its rows away. INTO writes nothing. */
async function analyze(statement: ExplainStatement, context: QueryContext): Promise<readonly string[]> {
  const startMs = performance.now();
  const { batches } = await executeSelect({ ...statement.statement, target: null }, context);
  const plannedMs = performance.now();
  const series = new Set<object>();
  let rows = 0;
  for await (const batch of batches) {
    series.add(batch.series);
    rows += batch.rowCount;
  }
  const endMs = performance.now();
  return [
    '.',
    '└── select',
    `    ├── execution_time: ${formatMs(endMs - plannedMs)}`,
    `    ├── planning_time: ${formatMs(plannedMs - startMs)}`,
    `    ├── total_time: ${formatMs(endMs - startMs)}`,
    `    ├── series: ${series.size}`,
    `    └── rows: ${rows}`,
  ];
}

function formatMs(ms: number): string {
  return `${ms.toFixed(3)}ms`;
}
