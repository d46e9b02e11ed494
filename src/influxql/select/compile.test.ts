import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WeirError } from '../../base/index.ts';
import { MAX_TIME_NS, MIN_TIME_NS } from '../../model/index.ts';
import type { SelectStatement } from '../language/ast.ts';
import { parseQuery } from '../language/parser.ts';
import { printExpr } from '../language/print-expression.ts';
import { type CompiledSelect, compileSelect } from './compile.ts';

const NOW_NS = 1_000_000_000_000n;

const compile = (text: string): CompiledSelect => {
  const [statement] = parseQuery(text).statements;
  return compileSelect(statement as SelectStatement, NOW_NS);
};

const WINDOWS = 'WHERE time < 1h GROUP BY time(1m)';

const SOUND = [
  'SELECT v, host FROM m',
  'SELECT *, v FROM m',
  'SELECT max(v), host, * FROM m',
  'SELECT max(v), min(v), mean(v) FROM m',
  'SELECT count(distinct(v)), max(v) FROM m',
  'SELECT count(distinct v) FROM m',
  'SELECT distinct v FROM m',
  'SELECT max(v) / w FROM m',
  'SELECT last(v) / (1 - 0) FROM m',
  'SELECT top(v, host, 1), region FROM m',
  'SELECT percentile(v, 75.5), sample(w, 3) FROM m',
  'SELECT derivative(v), elapsed(v, 10s), integral(w, 1m) FROM m',
  `SELECT derivative(distinct(v)), moving_average(mean(v), 3) FROM m ${WINDOWS}`,
  `SELECT derivative(difference(max(v)), 1s) FROM m ${WINDOWS}`,
  'SELECT sin(v) - sin(1.3), pow(2, v), abs(max(v)) FROM m',
  'SELECT v FROM m WHERE sin(v) > 0.5 AND pow(v, 2) < 4',
  'SELECT min(top) FROM (SELECT top(v, host, 1) FROM m) GROUP BY region',
  // A subquery takes over GROUP BY time, and its transformations need not mind it.
  `SELECT max(d) FROM (SELECT derivative(v) AS d FROM m) ${WINDOWS}`,
  `SELECT max(d) FROM (SELECT derivative(mean(v)) AS d FROM m) ${WINDOWS}`,
];

for (const text of SOUND) void test(text, () => void compile(text));

const FAULTS: readonly (readonly [fields: string, error: string])[] = [
  ['time', 'at least 1 non-time field must be queried'],
  ['1', 'field must contain at least one variable'],
  ['sin(1.3)', 'field must contain at least one variable'],
  ['v, mean(v)', 'mixing aggregate and non-aggregate queries is not supported'],
  ['v, max(v), min(v)', 'mixing multiple selector functions with tags or fields is not supported'],
  ['max(*), host', 'mixing aggregate and non-aggregate queries is not supported'],
  ['mean(v) + v', 'mixing aggregate and non-aggregate queries is not supported'],
  ['count()', 'invalid number of arguments for count, expected 1, got 0'],
  ['mean(v, w)', 'invalid number of arguments for mean, expected 1, got 2'],
  ['percentile(v)', 'invalid number of arguments for percentile, expected 2, got 1'],
  ['percentile(v, host)', 'expected float argument in percentile()'],
  ['sample(v)', 'invalid number of arguments for sample, expected 2, got 1'],
  ['sample(v, 0)', 'sample window must be greater than 1, got 0'],
  ['sample(v, 2.5)', 'expected integer argument in sample()'],
  ['distinct(v), max(v)', 'aggregate function distinct() cannot be combined with other functions or fields'],
  ['distinct(v), host', 'aggregate function distinct() cannot be combined with other functions or fields'],
  ['distinct()', 'distinct function requires at least one argument'],
  ['count(distinct(v, w))', 'distinct function can only have one argument'],
  ['count(distinct(2))', 'expected field argument in distinct()'],
  ['mean(max(v))', 'expected field argument in mean()'],
  ['mean(v - w)', 'expected field argument in mean()'],
  ['median("x" + 1)', 'expected field argument in median()'],
  ['nofunc(v)', 'undefined function nofunc()'],
  ['nofunc(1.3)', 'undefined function nofunc()'],
  ['* + 1', 'unable to use wildcard in a binary expression'],
  ['mean(*) * 2', 'unsupported expression with wildcard: mean()'],
  ['mean(/x/) * 2', 'unsupported expression with regex field: mean()'],
  ['sin(v, 3)', 'invalid number of arguments for sin, expected 1, got 2'],
  ['pow(v)', 'invalid number of arguments for pow, expected 2, got 1'],
  ['top(v)', 'invalid number of arguments for top, expected at least 2, got 1'],
  ["top('x', 5)", "expected first argument to be a field in top(), found 'x'"],
  ["bottom(v, 'x', 5)", "only fields or tags are allowed in bottom(), found 'x'"],
  ['top(v, 2.5)', 'expected integer as last argument in top(), found 2.500'],
  ['top(v, host)', 'expected integer as last argument in top(), found host'],
  ['top(v, -1)', 'limit (-1) in top function must be at least 1'],
  ['top(v, 10), max(v)', 'selector function top() cannot be combined with other functions'],
  ['bottom(v, 1) + count(v)', 'selector function bottom() cannot be combined with other functions'],
  ['top(v, 1), bottom(v, 1)', 'selector function top() cannot be combined with other functions'],
  ['derivative()', 'invalid number of arguments for derivative, expected at least 1 but no more than 2, got 0'],
  ['derivative(v, 0s)', 'duration argument must be positive, got 0s'],
  ['elapsed(v, -10s)', 'duration argument must be positive, got -10s'],
  ['derivative(v, 10)', 'second argument to derivative must be a duration, got *influxql.IntegerLiteral'],
  ['integral(v, 10)', 'second argument must be a duration'],
  ['derivative(mean(v))', 'derivative aggregate requires a GROUP BY interval'],
  ['difference(v, 1s)', 'invalid number of arguments for difference, expected 1, got 2'],
  ['cumulative_sum(v), v', 'mixing aggregate and non-aggregate queries is not supported'],
  ['moving_average(v)', 'invalid number of arguments for moving_average, expected 2, got 1'],
  ['moving_average(v, 1)', 'moving_average window must be greater than 1, got 1'],
  ['moving_average(v, 2.0)', 'second argument for moving_average must be an integer, got *influxql.NumberLiteral'],
  ['non_negative_derivative(max())', 'non_negative_derivative aggregate requires a GROUP BY interval'],
];

for (const [fields, error] of FAULTS) {
  void test(`SELECT ${fields}: ${error}`, () => refuses(`SELECT ${fields} FROM m`, error));
}

const CLAUSE_FAULTS: readonly (readonly [text: string, error: string])[] = [
  [
    'SELECT top(v, 3) FROM m LIMIT 2',
    'limit (3) in top function can not be larger than the LIMIT (2) in the select statement',
  ],
  ['SELECT v FROM m GROUP BY time(1m)', 'GROUP BY requires at least one aggregate function'],
  ['SELECT mean(v) FROM m GROUP BY time', 'time() is a function and expects at least one argument'],
  ['SELECT mean(v) FROM m GROUP BY now()', 'only time() calls allowed in dimensions'],
  ['SELECT mean(v) FROM m GROUP BY time()', 'time dimension expected 1 or 2 arguments'],
  ["SELECT mean(v) FROM m GROUP BY time('x')", 'time dimension must have duration argument'],
  ['SELECT mean(v) FROM m GROUP BY time(5m), time(1m)', 'multiple time dimensions not allowed'],
  ['SELECT mean(v) FROM m GROUP BY time(5m, x())', 'time dimension offset function must be now()'],
  ['SELECT mean(v) FROM m GROUP BY time(5m, now(1m))', 'time dimension offset now() function requires no arguments'],
  ["SELECT mean(v) FROM m GROUP BY time(5m, 'x')", 'time dimension offset must be duration or now()'],
  ["SELECT v FROM m GROUP BY 'x'", 'only time and tag dimensions allowed'],
  [`SELECT derivative(v) FROM m ${WINDOWS}`, 'aggregate function required inside the call to derivative'],
  [`SELECT derivative(top(v, 1)) FROM m ${WINDOWS}`, 'selector function top() cannot be combined with other functions'],
  ['SELECT v FROM m fill(none)', 'fill(none) must be used with a function'],
  ['SELECT v FROM m fill(linear)', 'fill(linear) must be used with a function'],
  ['SELECT v FROM m WHERE v', 'invalid condition expression: v'],
  ['SELECT v FROM m WHERE time >= now() OR v', 'invalid condition expression: v'],
  ['SELECT v FROM m WHERE max(v) > 1', 'invalid function call in condition: max(v)'],
  ['SELECT v FROM m WHERE sin(v, w) > 1', 'invalid number of arguments for sin, expected 1, got 2'],
  [
    'SELECT v FROM (SELECT v FROM m ORDER BY time DESC)',
    'subqueries must be ordered in the same direction as the query itself',
  ],
  ['SELECT v FROM (SELECT v, mean(v) FROM m)', 'mixing aggregate and non-aggregate queries is not supported'],
  ['SELECT max(d) FROM (SELECT derivative(mean(v)) AS d FROM m)', 'derivative aggregate requires a GROUP BY interval'],
];

for (const [text, error] of CLAUSE_FAULTS) void test(`${text}: ${error}`, () => refuses(text, error));

function refuses(text: string, error: string): void {
  assert.throws(
    () => compile(text),
    (thrown) => thrown instanceof WeirError && thrown.code === 'invalid' && thrown.message === error,
  );
}

void test('constants are worked out', () => {
  const { fields } = compile('SELECT v + (1 + 2) * 3, pow(2, 3) * v, DISTINCT w FROM m'.replace(', DISTINCT w', ''));
  assert.deepEqual(
    fields.map(({ expr }) => printExpr(expr)),
    ['v + 9', '8.000 * v'],
  );
});

void test('time is no field', () => {
  const { fields, timeColumn } = compile('SELECT time AS t, v FROM m');
  assert.deepEqual([timeColumn, fields.length], ['t', 1]);
});

const BOUNDS: readonly (readonly [text: string, startNs: bigint, endNs: bigint])[] = [
  ['SELECT v FROM m', MIN_TIME_NS, MAX_TIME_NS],
  ['SELECT mean(v) FROM m', MIN_TIME_NS, MAX_TIME_NS],
  ['SELECT mean(v) FROM m GROUP BY time(1m)', MIN_TIME_NS, NOW_NS],
  ['SELECT mean(v) FROM m WHERE time > 5 AND time < 10 GROUP BY time(1m)', 6n, 9n],
  ['SELECT v FROM m WHERE time > now() - 1s', NOW_NS - 1_000_000_000n + 1n, MAX_TIME_NS],
];

for (const [text, startNs, endNs] of BOUNDS) {
  void test(`bounds of ${text}`, () => {
    const compiled = compile(text);
    assert.deepEqual([compiled.startNs, compiled.endNs], [startNs, endNs]);
  });
}

const INTERVALS: readonly (readonly [time: string, everyNs: bigint, offsetNs: bigint])[] = [
  ['time(10s)', 10_000_000_000n, 0n],
  ['time(10s, 3s)', 10_000_000_000n, 3_000_000_000n],
  ['time(10s, 13s)', 10_000_000_000n, 3_000_000_000n],
  ['time(10s, -3s)', 10_000_000_000n, 7_000_000_000n],
  ["time(10s, '2000-01-01T00:00:04Z')", 10_000_000_000n, 4_000_000_000n],
  ['time(7s, now())', 7_000_000_000n, (NOW_NS + 62_135_596_800n * 1_000_000_000n) % 7_000_000_000n],
];

for (const [time, everyNs, offsetNs] of INTERVALS) {
  void test(`interval of ${time}`, () => {
    assert.deepEqual(compile(`SELECT mean(v) FROM m GROUP BY ${time}`).interval, { everyNs, offsetNs });
  });
}

void test('a subquery takes over bounds, interval and order', () => {
  const outer = compile(
    'SELECT max(x) FROM (SELECT mean(v) AS x FROM m WHERE time >= 3) WHERE time < 9 GROUP BY time(2ns) ORDER BY time DESC',
  );
  const [inner] = outer.sources;
  assert.ok(inner.kind === 'compiled');
  assert.deepEqual(
    [inner.startNs, inner.endNs, inner.interval, inner.ascending],
    [3n, 8n, { everyNs: 2n, offsetNs: 0n }, false],
  );
});

void test('empty windows are dropped inside a query and before a write', () => {
  const modes = (text: string): string[] => {
    const compiled = compile(text);
    return [compiled, ...compiled.sources].map((one) => (one.kind === 'compiled' ? one.fill.mode : ''));
  };
  assert.deepEqual(modes(`SELECT mean(v) FROM m ${WINDOWS}`).slice(0, 1), ['null']);
  assert.deepEqual(modes(`SELECT mean(v) INTO x FROM m ${WINDOWS}`).slice(0, 1), ['none']);
  assert.deepEqual(modes(`SELECT max(x) FROM (SELECT mean(v) AS x FROM m ${WINDOWS})`), ['null', 'none']);
  assert.deepEqual(modes(`SELECT max(x) FROM (SELECT mean(v) AS x FROM m ${WINDOWS} fill(0))`), ['null', 'number']);
});
