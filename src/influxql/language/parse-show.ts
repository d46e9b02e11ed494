// SHOW in all its forms, from behind the words that name what is shown.
//
//     MEASUREMENTS     [ ON db ] [ WITH MEASUREMENT ( "=" | "=~" ) source ] [ WHERE ] [ ORDER BY ] [ LIMIT ] [ OFFSET ]
//     SERIES           [ ON db ] [ FROM ] [ WHERE ] [ ORDER BY ] [ LIMIT ] [ OFFSET ]
//     TAG KEYS         [ ON db ] [ FROM ] [ WHERE ] [ ORDER BY ] [ LIMIT ] [ OFFSET ] [ SLIMIT ] [ SOFFSET ]
//     TAG VALUES       [ ON db ] [ FROM ] WITH KEY key [ WHERE ] [ ORDER BY ] [ LIMIT ] [ OFFSET ]
//     FIELD KEYS       [ ON db ] [ FROM ] [ ORDER BY ] [ LIMIT ] [ OFFSET ]
//     ( SERIES | MEASUREMENT | TAG KEY | FIELD KEY | TAG VALUES ) [ EXACT ] CARDINALITY
//                      [ ON db ] [ FROM ] [ WITH KEY key ] [ WHERE ] [ GROUP BY ] [ LIMIT ] [ OFFSET ]
//     RETENTION POLICIES [ ON db ]       GRANTS FOR user       ( STATS | DIAGNOSTICS ) [ FOR 'module' ]
//     DATABASES, CONTINUOUS QUERIES, QUERIES, SHARD GROUPS, SHARDS, SUBSCRIPTIONS, USERS
//     key = ( "=" | "!=" ) name | ( "=~" | "!~" ) regex | IN "(" name { "," name } ")"
import { parseRequiredRegex } from './parse-expression.ts';
import { parseCondition, parseCount, parseDimensions, parseFrom, parseOrderBy, parseSource } from './parse-select.ts';
import { parseName, parseNames, parseOptionalOn, parseString } from './parse-words.ts';
import type { Measurement } from './ast.ts';
import type {
  CardinalityQuery,
  SchemaQuery,
  ShowCardinalityStatement,
  ShowModuleStatement,
  ShowPlainStatement,
  Statement,
  TagKeyCondition,
} from './statement.ts';
import type { TokenStream } from './token-stream.ts';

export function parseShowMeasurements(stream: TokenStream): Statement {
  return {
    kind: 'show measurements',
    database: parseOptionalOn(stream),
    source: stream.accept('WITH') ? parseWithMeasurement(stream) : null,
    condition: parseCondition(stream),
    sortFields: parseOrderBy(stream),
    limit: parseCount(stream, 'LIMIT'),
    offset: parseCount(stream, 'OFFSET'),
  };
}

export function parseShowSeries(stream: TokenStream): Statement {
  if (stream.accept('CARDINALITY')) return parseCardinality(stream, 'show series cardinality', false);
  if (stream.peek().kind === 'EXACT') return parseSeriesExact(stream);
  return { kind: 'show series', ...parseSchemaQuery(stream) };
}

export function parseShowTagKeys(stream: TokenStream): Statement {
  const query = parseSchemaQuery(stream);
  return {
    kind: 'show tag keys',
    ...query,
    slimit: parseCount(stream, 'SLIMIT'),
    soffset: parseCount(stream, 'SOFFSET'),
  };
}

export function parseShowTagValues(stream: TokenStream): Statement {
  if (stream.accept('CARDINALITY')) return parseTagValuesCardinality(stream, false);
  if (stream.accept('EXACT')) {
    stream.expect('CARDINALITY');
    return parseTagValuesCardinality(stream, true);
  }
  const database = parseOptionalOn(stream);
  const sources = parseFrom(stream);
  const key = parseTagKeyCondition(stream);
  return { kind: 'show tag values', database, sources, key, ...parseSchemaTail(stream) };
}

export function parseShowFieldKeys(stream: TokenStream): Statement {
  return {
    kind: 'show field keys',
    database: parseOptionalOn(stream),
    sources: parseFrom(stream),
    condition: null,
    sortFields: parseOrderBy(stream),
    limit: parseCount(stream, 'LIMIT'),
    offset: parseCount(stream, 'OFFSET'),
  };
}

/** From behind FIELD KEY or TAG KEY, where only `[ EXACT ] CARDINALITY` can come. */
export function parseKeyCardinality(
  kind: 'show tag key cardinality' | 'show field key cardinality',
): (stream: TokenStream) => Statement {
  return (stream) => {
    const exact = stream.accept('EXACT');
    const token = stream.next();
    if (token.kind !== 'CARDINALITY') throw stream.unexpected(token, ...(exact ? [] : ['EXACT']), 'CARDINALITY');
    return parseCardinality(stream, kind, exact);
  };
}

export function parseMeasurementCardinality(stream: TokenStream): Statement {
  return parseCardinality(stream, 'show measurement cardinality', false);
}

export function parseMeasurementExactCardinality(stream: TokenStream): Statement {
  stream.expect('CARDINALITY');
  return parseCardinality(stream, 'show measurement cardinality', true);
}

export function parseShowRetentionPolicies(stream: TokenStream): Statement {
  return { kind: 'show retention policies', database: parseOptionalOn(stream) };
}

export function parseShowGrants(stream: TokenStream): Statement {
  return { kind: 'show grants', user: parseName(stream) };
}

export function parseShowModule(kind: ShowModuleStatement['kind']): (stream: TokenStream) => Statement {
  return (stream) => ({ kind, module: stream.accept('FOR') ? parseString(stream) : '' });
}

export function parseShowPlain(kind: ShowPlainStatement['kind']): (stream: TokenStream) => Statement {
  return () => ({ kind });
}

function parseWithMeasurement(stream: TokenStream): Measurement {
  stream.expect('MEASUREMENT');
  const token = stream.next();
  if (token.kind !== '=' && token.kind !== '=~') throw stream.unexpected(token, '=', '=~');
  return parseSource(stream);
}

/** EXACT only goes with CARDINALITY here; InfluxDB lets it pass without, and then it says nothing. */
function parseSeriesExact(stream: TokenStream): Statement {
  stream.expect('EXACT');
  if (stream.accept('CARDINALITY')) return parseCardinality(stream, 'show series cardinality', true);
  return { kind: 'show series', ...parseSchemaQuery(stream) };
}

function parseSchemaQuery(stream: TokenStream): SchemaQuery {
  const database = parseOptionalOn(stream);
  return { database, sources: parseFrom(stream), ...parseSchemaTail(stream) };
}

function parseSchemaTail(stream: TokenStream): Omit<SchemaQuery, 'database' | 'sources'> {
  return {
    condition: parseCondition(stream),
    sortFields: parseOrderBy(stream),
    limit: parseCount(stream, 'LIMIT'),
    offset: parseCount(stream, 'OFFSET'),
  };
}

function parseCardinality(
  stream: TokenStream,
  kind: ShowCardinalityStatement['kind'],
  exact: boolean,
): ShowCardinalityStatement {
  const database = parseOptionalOn(stream);
  return { kind, exact, database, sources: parseFrom(stream), ...parseCardinalityTail(stream) };
}

function parseTagValuesCardinality(stream: TokenStream, exact: boolean): Statement {
  const database = parseOptionalOn(stream);
  const sources = parseFrom(stream);
  const key = parseTagKeyCondition(stream);
  return { kind: 'show tag values cardinality', exact, database, sources, key, ...parseCardinalityTail(stream) };
}

function parseCardinalityTail(stream: TokenStream): Omit<CardinalityQuery, 'exact' | 'database' | 'sources'> {
  return {
    condition: parseCondition(stream),
    dimensions: parseDimensions(stream),
    limit: parseCount(stream, 'LIMIT'),
    offset: parseCount(stream, 'OFFSET'),
  };
}

function parseTagKeyCondition(stream: TokenStream): TagKeyCondition {
  stream.expectAll('WITH', 'KEY');
  const token = stream.next();
  switch (token.kind) {
    case 'IN': {
      stream.expect('(');
      const values = parseNames(stream);
      stream.expect(')');
      return { op: 'IN', value: { kind: 'list', values } };
    }
    case '=':
    case '!=':
      return { op: token.kind, value: { kind: 'string', value: parseName(stream) } };
    case '=~':
    case '!~':
      return { op: token.kind, value: parseRequiredRegex(stream) };
    default:
      throw stream.unexpected(token, 'IN', '=', '=~');
  }
}
