// influxql: the language of InfluxDB 1.x, from the text of a query to its rows.

// Language
export { parseLadderRules, parseQuery } from './language/parser.ts';
export { beginsStatement, nextTokenAt, parseStatementAt } from './language/parse-leading.ts';
export { KEYWORDS } from './language/token.ts';
export { NO_PARAMETERS, parseParameters } from './language/parameters.ts';
export type { BoundParameters } from './language/parameters.ts';
export { printLadderText } from './language/print-ladder.ts';
export { printQuery, printStatement } from './language/print-statement.ts';
export { redactPasswords } from './language/redact.ts';
export { formatRfc3339, parseTimeText } from './language/time-literal.ts';
export type { Measurement, Query, SelectStatement, Statement } from './language/ast.ts';

// Rights
export { authorizeQuery } from './authorize/authorize-query.ts';

// Execution
export { answerStatement, executeQuery } from './execute.ts';
export { settleShards } from './statements/shards.ts';
export { RunningQueries } from './running-queries.ts';
export type { QueryInfo, QueryTotals, RunningQuery, RunningQueryLimits, SlowQuery } from './running-queries.ts';

// Continuous queries, for whoever runs them on time
export { readContinuousQuery, runContinuousSelect } from './statements/continuous-select.ts';
export type { ContinuousSelect } from './statements/continuous-select.ts';

// Answers
export type {
  Cell,
  Message,
  QueryContext,
  QueryLimits,
  ResultBatch,
  ResultColumn,
  SeriesHeader,
  StatementResult,
  UtcOffset,
} from './result.ts';
