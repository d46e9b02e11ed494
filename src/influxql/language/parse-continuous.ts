// Continuous queries and subscriptions.
//
//     CREATE CONTINUOUS QUERY name ON name [ RESAMPLE [ EVERY d ] [ FOR d ] ] BEGIN select END    the select has INTO
//     DROP CONTINUOUS QUERY name ON name
//     CREATE SUBSCRIPTION name ON db "." policy DESTINATIONS ( ALL | ANY ) 'url' { "," 'url' }
//     DROP SUBSCRIPTION name ON db "." policy
import { WeirError } from '../../base/index.ts';
import { formatDuration } from '../../model/index.ts';
import type { SelectStatement } from './ast.ts';
import { walkExpr } from './ast.ts';
import type { Token } from './token.ts';
import { parseSelect } from './parse-select.ts';
import { parseDurationToken, parseName, parseOn, parseQualifiedPolicy, parseStrings } from './parse-words.ts';
import type {
  CreateContinuousQueryStatement,
  CreateSubscriptionStatement,
  DropContinuousQueryStatement,
  DropSubscriptionStatement,
} from './statement.ts';
import type { TokenStream } from './token-stream.ts';

export function parseCreateContinuousQuery(stream: TokenStream): CreateContinuousQueryStatement {
  const name = parseName(stream);
  const database = parseOn(stream);
  const { everyNs, forNs } = stream.accept('RESAMPLE') ? parseResample(stream) : { everyNs: 0n, forNs: 0n };
  stream.expectAll('BEGIN', 'SELECT');
  const source = parseSelect(stream, 'required');
  const last = stream.last();
  const intervalNs = groupingInterval(stream, source, last);
  stream.expect('END');
  checkResample(intervalNs, everyNs, forNs);
  return { kind: 'create continuous query', name, database, resampleEveryNs: everyNs, resampleForNs: forNs, source };
}

export function parseDropContinuousQuery(stream: TokenStream): DropContinuousQueryStatement {
  return { kind: 'drop continuous query', name: parseName(stream), database: parseOn(stream) };
}

export function parseCreateSubscription(stream: TokenStream): CreateSubscriptionStatement {
  const name = parseName(stream);
  stream.expect('ON');
  const { database, policy } = parseQualifiedPolicy(stream);
  stream.expect('DESTINATIONS');
  const mode = stream.next();
  if (mode.kind !== 'ALL' && mode.kind !== 'ANY') throw stream.unexpected(mode, 'ALL', 'ANY');
  return {
    kind: 'create subscription',
    name,
    database,
    policy,
    mode: mode.kind,
    destinations: parseStrings(stream),
  };
}

export function parseDropSubscription(stream: TokenStream): DropSubscriptionStatement {
  const name = parseName(stream);
  stream.expect('ON');
  return { kind: 'drop subscription', name, ...parseQualifiedPolicy(stream) };
}

/**
 * The interval of GROUP BY time; 0 = none. Throws when it is written wrongly:
 * `time dimension expected 1 or 2 arguments`, `time dimension must have duration argument`.
 */
export function groupByInterval(statement: SelectStatement): bigint {
  for (const dimension of statement.dimensions) {
    if (dimension.kind !== 'call' || dimension.name !== 'time') continue;
    if (dimension.args.length < 1 || dimension.args.length > 2) {
      throw new WeirError('invalid', 'time dimension expected 1 or 2 arguments');
    }
    const [interval] = dimension.args;
    if (interval.kind !== 'duration') throw new WeirError('invalid', 'time dimension must have duration argument');
    return interval.ns;
  }
  return 0n;
}

/** One of EVERY and FOR at least. */
function parseResample(stream: TokenStream): { everyNs: bigint; forNs: bigint } {
  const everyNs = stream.accept('EVERY') ? parseDurationToken(stream) : 0n;
  const forNs = stream.accept('FOR') ? parseDurationToken(stream) : 0n;
  if (everyNs === 0n && forNs === 0n) throw stream.unexpected(stream.next(), 'EVERY', 'FOR');
  return { everyNs, forNs };
}

/** A query that aggregates must say by what interval it is to run. */
function groupingInterval(stream: TokenStream, source: SelectStatement, last: Token): bigint {
  let aggregates = false;
  for (const field of source.fields) walkExpr(field.expr, (expr) => void (aggregates ||= expr.kind === 'call'));
  if (!aggregates) return groupByInterval(source);
  const expected = ['GROUP BY time(...)'];
  try {
    const intervalNs = groupByInterval(source);
    if (intervalNs !== 0n) return intervalNs;
  } catch (error) {
    if (error instanceof WeirError) expected.push(error.message);
    else throw error;
  }
  throw stream.unexpected(last, ...expected);
}

function checkResample(intervalNs: bigint, everyNs: bigint, forNs: bigint): void {
  const leastNs = everyNs > intervalNs ? everyNs : intervalNs;
  if (forNs === 0n || leastNs <= forNs) return;
  const least = formatDuration(leastNs);
  throw new WeirError(
    'invalid',
    `FOR duration must be >= GROUP BY time duration: must be a minimum of ${least}, got ${formatDuration(forNs)}`,
  );
}
