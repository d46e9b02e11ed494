// InfluxDB's answers in its corner cases, written out by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_TIME, type FieldType } from '../model/index.ts';
import { createExecutor } from './executor.ts';
import type { AggregateCall, AggregateKind, AggregateRequest, ExecContext, Windows } from './plan.ts';
import { openArrayReader } from './test-support/array-tables.ts';
import { valueOf } from './test-support/check.ts';
import { SECOND_NS, smallTable } from './test-support/small-table.ts';

const executor = createExecutor({ openReader: openArrayReader, workers: null });
const context: ExecContext = { signal: new AbortController().signal, maxPoints: 0, memoryBudgetBytes: 0 };

/** What changes a case: an argument, 20 s windows over the first minute, or the reading direction. */
interface Extra {
  readonly argument?: number;
  readonly by20s?: true;
  readonly descending?: true;
}

function request(type: FieldType, call: AggregateCall, points: string, extra: Extra): AggregateRequest {
  const table = smallTable(type, points);
  const ids = Int32Array.from(table.series.keys());
  const by20s: Windows = { kind: 'every', originNs: 0n, everyNs: 20n * SECOND_NS, count: 3 };
  return {
    tables: [table],
    seriesIds: ids,
    range: extra.by20s === true ? { startNs: 0n, endNs: 60n * SECOND_NS } : ALL_TIME,
    fields: ['v'],
    filter: null,
    descending: extra.descending ?? false,
    windows: extra.by20s === true ? by20s : { kind: 'all' },
    groups: new Int32Array(ids.length),
    groupCount: 1,
    calls: [call],
  };
}

/** One word a window: the value, with the second and the series of selected points; `-` = none; lists in brackets. */
async function ask(kind: AggregateKind, type: FieldType, points: string, extra: Extra): Promise<string> {
  const asked = request(type, { kind, field: 0, argument: extra.argument }, points, extra);
  const { columns } = await executor.aggregate(asked, context);
  const [column] = columns;
  const at = (timeNs: bigint, seriesId: number): string => `@${timeNs / SECOND_NS}s${seriesId}`;
  const cells = Array.from(column.valid, (valid, cell) => {
    if (column.lists !== null) {
      return `[${column.lists[cell].map((p) => `${String(p.value)}${at(p.timeNs, p.seriesId)}`).join(' ')}]`;
    }
    if (valid === 0) return '-';
    const { timesNs, seriesIds } = column;
    const place = timesNs !== null && seriesIds !== null ? at(timesNs[cell], seriesIds[cell]) : '';
    return `${String(valueOf(column, cell))}${place}`;
  });
  return cells.join(' ');
}

type Case = readonly [kind: AggregateKind, type: FieldType, points: string, answer: string, extra?: Extra];

function table(name: string, cases: readonly Case[]): void {
  test(name, async () => {
    for (const [kind, type, points, answer, extra = {}] of cases) {
      const what = `${kind} of ${type} ${points} ${JSON.stringify(extra)}`;
      assert.equal(await ask(kind, type, points, extra), answer, what);
    }
  });
}

/** 2^63 - 1 and below, 2^64 - 1 and below, 2^53 - 1. */
const MAX = '9223372036854775807';
const MAX_1 = '9223372036854775806';
const UMAX = '18446744073709551615';
const UMAX_1 = '18446744073709551614';
const SAFE = '9007199254740991';

table('ties of selectors between series at one time', [
  ['first', 'float', '1:3 | 1:5 | 2:9', '5@1s1'],
  ['last', 'float', '1:3 | 1:5 | 0:9', '5@1s1'],
  ['first', 'boolean', '1:true | 1:false', 'false@1s1'],
  ['last', 'boolean', '1:false | 1:true', 'true@1s1'],
  ['first', 'string', '1:a | 1:b', 'b@1s1'],
  ['last', 'string', '1:\uffee | 1:\u{1f600}', '\u{1f600}@1s1'],
  ['first', 'float', '1:3 | 1:3', '3@1s0'],
  ['min', 'float', '5:3 6:4 | 2:3 | 2:3', '3@2s1'],
  ['max', 'integer', '5:3 6:4 | 2:4 | 1:3', '4@2s1'],
  ['min', 'boolean', '1:true 3:false 4:false', 'false@3s0'],
  ['max', 'boolean', '1:false', 'false@1s0'],
]);

table('integers are exact and wrap at 64 bits', [
  ['sum', 'integer', `1:${MAX} 2:1`, '-9223372036854775808'],
  ['sum', 'integer', `1:${SAFE} 2:${SAFE} 3:1`, '18014398509481983'],
  ['sum', 'integer', `1:${SAFE} | 1:${SAFE} | 1:5`, '18014398509481987'],
  ['sum', 'unsigned', `1:${UMAX} 2:3`, '2'],
  ['mean', 'integer', `1:${MAX} 2:${MAX}`, '-1'],
  ['spread', 'integer', `1:${MAX} 2:-5`, '-9223372036854775804'],
  ['spread', 'unsigned', `1:${UMAX} 2:1`, UMAX_1],
  ['increase', 'integer', `1:-9223372036854775808 2:${MAX}`, '-1'],
  ['increase', 'integer', `1:5 2:${MAX} | 1:1 2:2`, '9223372036854775803'],
  ['increase', 'integer', `1:-${SAFE} 2:${SAFE}`, '18014398509481982'],
  ['increase', 'integer', `1:0 2:${SAFE} 3:0 4:2 5:1 6:7 7:${SAFE}`, '18014398509481984'],
  ['increase', 'unsigned', `1:${UMAX} 2:3 3:5`, '5'],
  ['max', 'integer', `1:${MAX_1} 2:${MAX} 3:0`, `${MAX}@2s0`],
  ['percentile', 'integer', `1:${MAX} 2:${MAX_1} 3:0`, `${MAX_1}@2s0`, { argument: 50 }],
  ['count-distinct', 'integer', `1:${MAX} 2:${MAX_1} 3:3 | 1:3`, '3'],
  ['mode', 'unsigned', `1:${UMAX} 2:${UMAX_1} 3:${UMAX}`, UMAX],
  ['top', 'integer', `1:${MAX} 2:${MAX_1} 3:3`, `[${MAX}@1s0 ${MAX_1}@2s0]`, { argument: 2 }],
]);

const EIGHT = '0:2 | 1:4 | 2:4 | 3:4 | 4:5 | 5:5 | 6:7 | 7:9';

table('aggregations', [
  ['stddev', 'float', EIGHT, '2.138089935299395'],
  // Mean first and then distances gives 3.456326153040317: InfluxDB's running mean is a little off.
  ['stddev', 'float', '1:1.6 2:2.8 3:8.8 4:6.7 5:9.6 6:7.3 7:1.4', '3.4563261530403167'],
  ['increase', 'float', '1:2.5 2:4 3:0.5 | 4:7', '2'],
  ['stddev', 'float', '1:7', '-'],
  ['mean', 'float', EIGHT, '5'],
  ['median', 'integer', '1:1 2:2', '1.5'],
  ['median', 'float', '1:9 2:1 3:5', '5'],
  ['count', 'string', '1:a 2:_ 3:b', '2'],
  ['percentile', 'float', EIGHT, '-', { argument: 0 }],
  ['percentile', 'float', EIGHT, '9@7s7', { argument: 100 }],
  ['percentile', 'float', EIGHT, '4@1s1', { argument: 25 }],
  ['percentile', 'float', EIGHT, '4@3s3', { argument: 25, descending: true }],
]);

table('mode and distinct', [
  ['mode', 'float', EIGHT, '4'],
  ['mode', 'float', '1:3 2:1 3:2', '1'],
  // Twice each: 1 comes first in value; 2 begins before the last 1, or with it, so it takes over.
  ['mode', 'integer', '1:2 2:1 3:1 4:2', '2'],
  ['mode', 'integer', '1:1 2:1 | 2:2 3:2', '2'],
  ['mode', 'integer', '1:1 2:1 3:2 4:2', '1'],
  ['mode', 'boolean', '1:true 2:false', 'true'],
  ['mode', 'boolean', '1:true 2:false 3:false', 'false'],
  ['mode', 'string', '1:b 2:a 3:b', 'b'],
  ['distinct', 'float', '1:5 2:3 3:5 | 1:4 2:3', '[4@1s1 5@1s0 3@2s0]'],
  ['distinct', 'float', '1:5 2:3 3:5', '[5@3s0 3@2s0]', { descending: true }],
  ['distinct', 'float', '1:0 2:-0', '[0@1s0]'],
  ['distinct', 'string', '1:b 2:a', '[b@1s0 a@2s0]'],
]);

table('top and bottom', [
  ['top', 'float', EIGHT, '[5@4s4 7@6s6 9@7s7]', { argument: 3 }],
  ['top', 'float', EIGHT, '[9@7s7 7@6s6 5@4s4]', { argument: 3, descending: true }],
  ['bottom', 'float', EIGHT, '[2@0s0 4@1s1 4@2s2]', { argument: 3 }],
  ['top', 'float', '1:5 | 1:7 | 1:6', '[7@1s1 6@1s2]', { argument: 2 }],
  ['top', 'float', '1:5 21:3 22:8', '[5@1s0] [8@22s0] []', { argument: 1, by20s: true }],
]);

table('integral', [
  ['integral', 'float', '10:20 15:10 20:0 30:-10', '50'],
  ['integral', 'float', '0:20 5:10 10:40 | 5:30', '250'],
  ['integral', 'float', '10:20 15:10 20:0 30:-10', '100 -50 -', { by20s: true }],
  ['integral', 'float', '10:20 15:10 25:0 30:-10', '112.5 -12.5 -', { by20s: true }],
  ['integral', 'integer', '0:20 5:10 10:0 20:-10', '50'],
  ['integral', 'integer', '0:20 5:10 10:40 | 5:30', '125', { argument: 2e9 }],
  ['integral', 'unsigned', '0:20 5:10 10:0', '100'],
  // A single point has no area, and none at all where its window begins.
  ['integral', 'float', '10:20', '0 - -', { by20s: true }],
  ['integral', 'float', '20:20', '- - -', { by20s: true }],
  // A gap of a whole window: what lies beyond the first window's end belongs to the last.
  ['integral', 'float', '10:1 50:1', '10 - 30', { by20s: true }],
  // Backwards areas are negative.
  ['integral', 'float', '10:20 15:10 20:0 30:-10', '-50', { descending: true }],
]);

test('a call that makes no sense for a type is refused', async () => {
  await assert.rejects(ask('mean', 'string', '1:a', {}), /mean\(\) cannot be taken of a string field/);
  await assert.rejects(ask('max', 'string', '1:a', {}), /max\(\) cannot be taken of a string field/);
  await assert.rejects(ask('sum', 'boolean', '1:true', {}), /sum\(\) cannot be taken of a boolean field/);
});
