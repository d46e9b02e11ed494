// Statements as InfluxDB writes them back: keywords in upper case, names bare where that is possible, clauses in order,
// passwords left out. What is printed reads back as the same statement, passwords and small decimals apart.
import { SECOND, formatDuration, formatGoDuration } from '../../model/index.ts';
import type { Expr, Field, Fill, Measurement, SelectStatement, SortField, Source } from './ast.ts';
import { formatPlain, printExpr, printRegex } from './print-expression.ts';
import { printLadderStatement } from './print-ladder.ts';
import { quoteIdentifier, quoteString } from './quote.ts';
import type {
  CardinalityQuery,
  CreateContinuousQueryStatement,
  CreateDatabaseStatement,
  SchemaQuery,
  ShowMeasurementsStatement,
  Statement,
  TagKeyCondition,
} from './statement.ts';

export function printQuery(query: { readonly statements: readonly Statement[] }): string {
  return query.statements.map(printStatement).join(';\n');
}

export function printStatement(statement: Statement): string {
  switch (statement.kind) {
    case 'select':
      return printSelect(statement);
    case 'explain':
      return `EXPLAIN ${statement.analyze ? 'ANALYZE ' : ''}${statement.verbose ? 'VERBOSE ' : ''}${printSelect(statement.statement)}`;
    case 'delete':
    case 'drop series':
      return keywords(statement) + from(statement.sources) + where(statement.condition);
    case 'drop shard':
      return `${keywords(statement)} ${statement.id}`;
    case 'drop measurement':
    case 'drop database':
    case 'drop user':
      return `${keywords(statement)} ${quoteIdentifier(statement.name)}`;
    case 'create database':
      return printCreateDatabase(statement);
    case 'create retention policy':
    case 'alter retention policy':
      return (
        `${keywords(statement)} ${quoteIdentifier(statement.name)}${on(statement.database)}` +
        option('DURATION', statement.durationNs, formatDuration) +
        option('REPLICATION', statement.replication, String) +
        (statement.kind === 'alter retention policy' || statement.shardDurationNs > 0n
          ? option('SHARD DURATION', statement.shardDurationNs, formatDuration)
          : '') +
        (statement.makeDefault ? ' DEFAULT' : '')
      );
    case 'drop retention policy':
    case 'drop continuous query':
      return `${keywords(statement)} ${quoteIdentifier(statement.name)}${on(statement.database)}`;
    case 'create continuous query':
      return printCreateContinuousQuery(statement);
    case 'create subscription':
      return (
        `${keywords(statement)} ${quoteIdentifier(statement.name)}${qualifiedPolicy(statement)}` +
        ` DESTINATIONS ${statement.mode} ${statement.destinations.map(quoteString).join(', ')}`
      );
    case 'drop subscription':
      return `${keywords(statement)} ${quoteIdentifier(statement.name)}${qualifiedPolicy(statement)}`;
    case 'create user':
      return (
        `CREATE USER ${quoteIdentifier(statement.name)} WITH PASSWORD [REDACTED]` +
        (statement.admin ? ' WITH ALL PRIVILEGES' : '')
      );
    case 'set password':
      return `SET PASSWORD FOR ${quoteIdentifier(statement.name)} = [REDACTED]`;
    case 'grant':
      return `GRANT ${statement.privilege}${on(statement.database)} TO ${quoteIdentifier(statement.user)}`;
    case 'revoke':
      return `REVOKE ${statement.privilege}${on(statement.database)} FROM ${quoteIdentifier(statement.user)}`;
    case 'grant all privileges':
      return `GRANT ALL PRIVILEGES TO ${quoteIdentifier(statement.user)}`;
    case 'revoke all privileges':
      return `REVOKE ALL PRIVILEGES FROM ${quoteIdentifier(statement.user)}`;
    case 'create ladder':
    case 'alter ladder':
    case 'explain ladder':
    case 'drop ladder':
    case 'adopt continuous queries':
      return printLadderStatement(statement);
    case 'kill query':
      return `KILL QUERY ${statement.id}${on(statement.host)}`;
    default:
      return printShow(statement);
  }
}

type ShowForm = Extract<Statement, { kind: `show ${string}` }>;

function printShow(statement: ShowForm): string {
  switch (statement.kind) {
    case 'show measurements':
      return printShowMeasurements(statement);
    case 'show series':
    case 'show field keys':
      return keywords(statement) + on(statement.database) + from(statement.sources) + schemaTail(statement);
    case 'show tag keys':
      return (
        keywords(statement) +
        on(statement.database) +
        from(statement.sources) +
        schemaTail(statement) +
        count('SLIMIT', statement.slimit) +
        count('SOFFSET', statement.soffset)
      );
    case 'show tag values':
      return (
        keywords(statement) +
        on(statement.database) +
        from(statement.sources) +
        withKey(statement.key) +
        schemaTail(statement)
      );
    case 'show series cardinality':
    case 'show measurement cardinality':
    case 'show tag key cardinality':
    case 'show field key cardinality':
      return cardinalityHead(statement) + cardinalityTail(statement);
    case 'show tag values cardinality':
      return cardinalityHead(statement) + withKey(statement.key) + cardinalityTail(statement);
    case 'show ladders':
    case 'show ladder status':
      return printLadderStatement(statement);
    case 'show retention policies':
      return keywords(statement) + on(statement.database);
    case 'show grants':
      return `SHOW GRANTS FOR ${quoteIdentifier(statement.user)}`;
    case 'show stats':
    case 'show diagnostics':
      return keywords(statement) + (statement.module === '' ? '' : ` FOR ${quoteString(statement.module)}`);
    default:
      return keywords(statement);
  }
}

function printSelect(statement: SelectStatement): string {
  return (
    `SELECT ${statement.fields.map(printField).join(', ')}` +
    (statement.target === null ? '' : ` INTO ${printTarget(statement.target)}`) +
    from(statement.sources) +
    where(statement.condition) +
    groupBy(statement.dimensions) +
    printFill(statement.fill) +
    orderBy(statement.sortFields) +
    count('LIMIT', statement.limit) +
    count('OFFSET', statement.offset) +
    count('SLIMIT', statement.slimit) +
    count('SOFFSET', statement.soffset) +
    (statement.timeZone === null ? '' : ` TZ('${statement.timeZone}')`)
  );
}

function printField(field: Field): string {
  return printExpr(field.expr) + (field.alias === '' ? '' : ` AS ${quoteIdentifier(field.alias)}`);
}

/** `db.rp.name`, `rp./regex/`, `db..name` or `(SELECT …)`. */
export function printSource(source: Source): string {
  if (source.kind === 'subquery') return `(${printSelect(source.statement)})`;
  const prefix =
    (source.database === '' ? '' : `${quoteIdentifier(source.database)}.`) +
    (source.policy === '' ? '' : quoteIdentifier(source.policy)) +
    (source.database === '' && source.policy === '' ? '' : '.');
  if (source.name !== '') return prefix + quoteIdentifier(source.name);
  return prefix + (source.regex === null ? '' : printRegex(source.regex));
}

function printTarget(target: Measurement): string {
  return printSource(target) + (target.name === '' ? ':MEASUREMENT' : '');
}

function printFill(fill: Fill): string {
  const share = fill.knownShare === undefined ? '' : `, ${formatPlain(fill.knownShare)}`;
  if (fill.mode === 'null' && share === '') return '';
  return ` fill(${fill.mode === 'number' ? formatPlain(fill.value) : fill.mode}${share})`;
}

function printCreateDatabase(statement: CreateDatabaseStatement): string {
  const head = `CREATE DATABASE ${quoteIdentifier(statement.name)}`;
  const policy = statement.policy;
  if (policy === null) return head;
  return (
    `${head} WITH` +
    option('DURATION', policy.durationNs, formatWholeGoDuration) +
    option('REPLICATION', policy.replication, String) +
    (policy.shardDurationNs > 0n ? option('SHARD DURATION', policy.shardDurationNs, formatWholeGoDuration) : '') +
    (policy.name === '' ? '' : ` NAME ${quoteIdentifier(policy.name)}`)
  );
}

/** InfluxDB uses Go's form here (`24h0m0s`), which the lexer does not read when it has a fraction. */
function formatWholeGoDuration(ns: bigint): string {
  return ns % SECOND === 0n ? formatGoDuration(ns) : formatDuration(ns);
}

function printCreateContinuousQuery(statement: CreateContinuousQueryStatement): string {
  const every = statement.resampleEveryNs > 0n ? `EVERY ${formatDuration(statement.resampleEveryNs)} ` : '';
  const window = statement.resampleForNs > 0n ? `FOR ${formatDuration(statement.resampleForNs)} ` : '';
  const resample = every === '' && window === '' ? '' : `RESAMPLE ${every}${window}`;
  const head = `CREATE CONTINUOUS QUERY ${quoteIdentifier(statement.name)}${on(statement.database)}`;
  return `${head} ${resample}BEGIN ${printSelect(statement.source)} END`;
}

function printShowMeasurements(statement: ShowMeasurementsStatement): string {
  const source = statement.source;
  const operator = source?.kind === 'measurement' && source.regex !== null ? '=~' : '=';
  return (
    keywords(statement) +
    on(statement.database) +
    (source === null ? '' : ` WITH MEASUREMENT ${operator} ${printSource(source)}`) +
    schemaTail(statement)
  );
}

function schemaTail(query: Omit<SchemaQuery, 'sources' | 'database'>): string {
  return (
    where(query.condition) + orderBy(query.sortFields) + count('LIMIT', query.limit) + count('OFFSET', query.offset)
  );
}

function cardinalityHead(statement: CardinalityQuery & { readonly kind: string }): string {
  const words = statement.kind.toUpperCase();
  const head = statement.exact ? words.replace(/CARDINALITY$/, 'EXACT CARDINALITY') : words;
  return head + on(statement.database) + from(statement.sources);
}

function cardinalityTail(query: CardinalityQuery): string {
  return (
    where(query.condition) + groupBy(query.dimensions) + count('LIMIT', query.limit) + count('OFFSET', query.offset)
  );
}

function withKey(key: TagKeyCondition): string {
  const value = key.value.kind === 'string' ? quoteIdentifier(key.value.value) : printExpr(key.value);
  return ` WITH KEY ${key.op} ${value}`;
}

function qualifiedPolicy(statement: { readonly database: string; readonly policy: string }): string {
  return `${on(statement.database)}.${quoteIdentifier(statement.policy)}`;
}

/** A statement's kind is its keywords. */
function keywords(statement: Statement): string {
  return statement.kind.toUpperCase();
}

function on(name: string): string {
  return name === '' ? '' : ` ON ${quoteIdentifier(name)}`;
}

function from(sources: readonly Source[]): string {
  return sources.length === 0 ? '' : ` FROM ${sources.map(printSource).join(', ')}`;
}

function where(condition: Expr | null): string {
  return condition === null ? '' : ` WHERE ${printExpr(condition)}`;
}

function groupBy(dimensions: readonly Expr[]): string {
  return dimensions.length === 0 ? '' : ` GROUP BY ${dimensions.map(printExpr).join(', ')}`;
}

function orderBy(fields: readonly SortField[]): string {
  if (fields.length === 0) return '';
  const printed = fields.map(
    (field) => `${field.name === '' ? '' : `${field.name} `}${field.ascending ? 'ASC' : 'DESC'}`,
  );
  return ` ORDER BY ${printed.join(', ')}`;
}

function count(keyword: string, value: number): string {
  return value > 0 ? ` ${keyword} ${value}` : '';
}

function option<T>(keyword: string, value: T | null, format: (value: T) => string): string {
  return value === null ? '' : ` ${keyword} ${format(value)}`;
}
