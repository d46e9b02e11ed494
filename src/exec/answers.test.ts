// InfluxDB's answers in its corner cases, written out by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_TIME, type FieldType } from '../model/index.ts';
import { createExecutor } from './executor.ts';
import type { AggregateCall, AggregateKind, AggregateRequest, ExecContext, Windows } from './plan.ts';
import { openArrayReader } from './test-support/array-tables.ts';
import { valueOf } from './test-support/check.ts';
import { SECOND_NS, type SmallSeries, smallTable } from './test-support/small-table.ts';

const executor = createExecutor({ openReader: openArrayReader, workers: null });
const context: ExecContext = { signal: new AbortController().signal, maxPoints: 0, memoryBudgetBytes: 0 };

interface Extra {
  readonly argument?: number;
  readonly windows?: Windows;
  readonly descending?: boolean;
  readonly bounded?: boolean;
}

function request(type: FieldType, call: AggregateCall, series: readonly SmallSeries[], extra: Extra): AggregateRequest {
  const ids = Int32Array.from(series.keys());
  return {
    tables: [smallTable({ v: type }, ...series)],
    seriesIds: ids,
    range: extra.bounded === true ? { startNs: 0n, endNs: 60n * SECOND_NS } : ALL_TIME,
    fields: ['v'],
    filter: null,
    descending: extra.descending ?? false,
    windows: extra.windows ?? { kind: 'all' },
    groups: new Int32Array(ids.length),
    groupCount: 1,
    calls: [call],
  };
}

/** `value @ second series` for each cell that has a value; lists in brackets. */
async function ask(
  kind: AggregateKind,
  type: FieldType,
  series: readonly SmallSeries[],
  extra: Extra = {},
): Promise<string> {
  const asked = request(type, { kind, field: 0, argument: extra.argument }, series, extra);
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

function table(name: string, cases: readonly (readonly [Promise<string>, string])[]): void {
  test(name, async () => {
    for (const [index, [answer, expected]] of cases.entries())
      assert.equal(await answer, expected, `case ${index + 1}`);
  });
}

const by20s: Windows = { kind: 'every', originNs: 0n, everyNs: 20n * SECOND_NS, count: 3 };
const MAX = 2n ** 63n - 1n;

table('ties of selectors between series at one time', [
  [ask('first', 'float', [[[1, 3]], [[1, 5]], [[2, 9]]]), '5@1s1'],
  [ask('last', 'float', [[[1, 3]], [[1, 5]], [[0, 9]]]), '5@1s1'],
  [ask('first', 'boolean', [[[1, true]], [[1, false]]]), 'false@1s1'],
  [ask('last', 'boolean', [[[1, false]], [[1, true]]]), 'true@1s1'],
  [ask('first', 'string', [[[1, 'a']], [[1, 'b']]]), 'b@1s1'],
  [ask('last', 'string', [[[1, '\uffee']], [[1, '\u{1f600}']]]), '\u{1f600}@1s1'],
  [ask('first', 'float', [[[1, 3]], [[1, 3]]]), '3@1s0'],
  [
    ask('min', 'float', [
      [
        [5, 3],
        [6, 4],
      ],
      [[2, 3]],
      [[2, 3]],
    ]),
    '3@2s1',
  ],
  [
    ask('max', 'integer', [
      [
        [5, 3n],
        [6, 4n],
      ],
      [[2, 4n]],
      [[1, 3n]],
    ]),
    '4@2s1',
  ],
  [
    ask('min', 'boolean', [
      [
        [1, true],
        [3, false],
        [4, false],
      ],
    ]),
    'false@3s0',
  ],
  [ask('max', 'boolean', [[[1, false]]]), 'false@1s0'],
]);

table('integers are exact and wrap at 64 bits', [
  [
    ask('sum', 'integer', [
      [
        [1, MAX],
        [2, 1n],
      ],
    ]),
    String(-(2n ** 63n)),
  ],
  [
    ask('sum', 'integer', [
      [
        [1, 2n ** 53n - 1n],
        [2, 2n ** 53n - 1n],
        [3, 1n],
      ],
    ]),
    String(2n ** 54n - 1n),
  ],
  [ask('sum', 'integer', [[[1, 2n ** 53n - 1n]], [[1, 2n ** 53n - 1n]], [[1, 5n]]]), String(2n ** 54n + 3n)],
  [
    ask('sum', 'unsigned', [
      [
        [1, 2n ** 64n - 1n],
        [2, 3n],
      ],
    ]),
    '2',
  ],
  [
    ask('mean', 'integer', [
      [
        [1, MAX],
        [2, MAX],
      ],
    ]),
    '-1',
  ],
  [
    ask('spread', 'integer', [
      [
        [1, MAX],
        [2, -5n],
      ],
    ]),
    String(-(2n ** 63n) + 4n),
  ],
  [
    ask('spread', 'unsigned', [
      [
        [1, 2n ** 64n - 1n],
        [2, 1n],
      ],
    ]),
    String(2n ** 64n - 2n),
  ],
  [
    ask('max', 'integer', [
      [
        [1, MAX - 1n],
        [2, MAX],
        [3, MAX - 2n],
      ],
    ]),
    `${MAX}@2s0`,
  ],
  [
    ask(
      'percentile',
      'integer',
      [
        [
          [1, MAX],
          [2, MAX - 1n],
          [3, 0n],
        ],
      ],
      { argument: 50 },
    ),
    `${MAX - 1n}@2s0`,
  ],
  [
    ask('count-distinct', 'integer', [
      [
        [1, MAX],
        [2, MAX - 1n],
        [3, 3n],
      ],
      [[1, 3n]],
    ]),
    '3',
  ],
  [
    ask('mode', 'unsigned', [
      [
        [1, 2n ** 64n - 1n],
        [2, 2n ** 64n - 2n],
        [3, 2n ** 64n - 1n],
      ],
    ]),
    String(2n ** 64n - 1n),
  ],
  [
    ask(
      'top',
      'integer',
      [
        [
          [1, MAX],
          [2, MAX - 1n],
          [3, 3n],
        ],
      ],
      { argument: 2 },
    ),
    `[${MAX}@1s0 ${MAX - 1n}@2s0]`,
  ],
]);

const eight: readonly SmallSeries[] = [2, 4, 4, 4, 5, 5, 7, 9].map((value, at) => [[at, value]]);

table('aggregations', [
  [ask('stddev', 'float', eight), '2.138089935299395'],
  [ask('stddev', 'float', [[[1, 7]]]), '-'],
  [ask('mean', 'float', eight), '5'],
  [
    ask('median', 'integer', [
      [
        [1, 1n],
        [2, 2n],
      ],
    ]),
    '1.5',
  ],
  [
    ask('median', 'float', [
      [
        [1, 9],
        [2, 1],
        [3, 5],
      ],
    ]),
    '5',
  ],
  [
    ask('count', 'string', [
      [
        [1, 'a'],
        [2, null],
        [3, ''],
      ],
    ]),
    '2',
  ],
  [ask('percentile', 'float', eight, { argument: 0 }), '-'],
  [ask('percentile', 'float', eight, { argument: 100 }), '9@7s7'],
  [ask('percentile', 'float', eight, { argument: 25 }), '4@1s1'],
  [ask('percentile', 'float', eight, { argument: 25, descending: true }), '4@3s3'],
]);

table('mode and distinct', [
  [ask('mode', 'float', eight), '4'],
  [
    ask('mode', 'float', [
      [
        [1, 3],
        [2, 1],
        [3, 2],
      ],
    ]),
    '1',
  ],
  // Twice each: 1 comes first in value; 2 begins before the last 1, so it takes over.
  [
    ask('mode', 'integer', [
      [
        [1, 2n],
        [2, 1n],
        [3, 1n],
        [4, 2n],
      ],
    ]),
    '2',
  ],
  [
    ask('mode', 'integer', [
      [
        [1, 1n],
        [2, 1n],
        [3, 2n],
        [4, 2n],
      ],
    ]),
    '1',
  ],
  [
    ask('mode', 'boolean', [
      [
        [1, true],
        [2, false],
      ],
    ]),
    'true',
  ],
  [
    ask('mode', 'boolean', [
      [
        [1, true],
        [2, false],
        [3, false],
      ],
    ]),
    'false',
  ],
  [
    ask('mode', 'string', [
      [
        [1, 'b'],
        [2, 'a'],
        [3, 'b'],
      ],
    ]),
    'b',
  ],
  [
    ask('distinct', 'float', [
      [
        [1, 5],
        [2, 3],
        [3, 5],
      ],
      [
        [1, 4],
        [2, 3],
      ],
    ]),
    '[4@1s1 5@1s0 3@2s0]',
  ],
  [
    ask(
      'distinct',
      'float',
      [
        [
          [1, 5],
          [2, 3],
          [3, 5],
        ],
      ],
      { descending: true },
    ),
    '[5@3s0 3@2s0]',
  ],
  [
    ask('distinct', 'float', [
      [
        [1, 0],
        [2, -0],
      ],
    ]),
    '[0@1s0]',
  ],
  [
    ask('distinct', 'string', [
      [
        [1, 'b'],
        [2, 'a'],
      ],
    ]),
    '[b@1s0 a@2s0]',
  ],
]);

table('top and bottom', [
  [ask('top', 'float', eight, { argument: 3 }), '[5@4s4 7@6s6 9@7s7]'],
  [ask('top', 'float', eight, { argument: 3, descending: true }), '[9@7s7 7@6s6 5@4s4]'],
  [ask('bottom', 'float', eight, { argument: 3 }), '[2@0s0 4@1s1 4@2s2]'],
  [ask('top', 'float', [[[1, 5]], [[1, 7]], [[1, 6]]], { argument: 2 }), '[7@1s1 6@1s2]'],
  [
    ask(
      'top',
      'float',
      [
        [
          [1, 5],
          [21, 3],
          [22, 8],
        ],
      ],
      { argument: 1, windows: by20s },
    ),
    '[5@1s0] [8@22s0] []',
  ],
]);

table('integral', [
  [
    ask('integral', 'float', [
      [
        [10, 20],
        [15, 10],
        [20, 0],
        [30, -10],
      ],
    ]),
    '50',
  ],
  [
    ask('integral', 'float', [
      [
        [0, 20],
        [5, 10],
        [10, 40],
      ],
      [[5, 30]],
    ]),
    '250',
  ],
  [
    ask(
      'integral',
      'float',
      [
        [
          [10, 20],
          [15, 10],
          [20, 0],
          [30, -10],
        ],
      ],
      { windows: by20s, bounded: true },
    ),
    '100 -50 -',
  ],
  [
    ask(
      'integral',
      'float',
      [
        [
          [10, 20],
          [15, 10],
          [25, 0],
          [30, -10],
        ],
      ],
      { windows: by20s, bounded: true },
    ),
    '112.5 -12.5 -',
  ],
  [
    ask('integral', 'integer', [
      [
        [0, 20n],
        [5, 10n],
        [10, 0n],
        [20, -10n],
      ],
    ]),
    '50',
  ],
  [
    ask(
      'integral',
      'integer',
      [
        [
          [0, 20n],
          [5, 10n],
          [10, 40n],
        ],
        [[5, 30n]],
      ],
      { argument: 2e9 },
    ),
    '125',
  ],
  [
    ask('integral', 'unsigned', [
      [
        [0, 20n],
        [5, 10n],
        [10, 0n],
      ],
    ]),
    '100',
  ],
  // A single point has no area, and none at all where its window begins.
  [ask('integral', 'float', [[[10, 20]]], { windows: by20s, bounded: true }), '0 - -'],
  [ask('integral', 'float', [[[20, 20]]], { windows: by20s, bounded: true }), '- - -'],
  // A gap of a whole window: what lies beyond the first window's end belongs to the last.
  [
    ask(
      'integral',
      'float',
      [
        [
          [10, 1],
          [50, 1],
        ],
      ],
      { windows: by20s, bounded: true },
    ),
    '10 - 30',
  ],
]);

test('a call that makes no sense for a type is refused', async () => {
  await assert.rejects(ask('mean', 'string', [[[1, 'a']]]), /mean\(\) cannot be taken of a string field/);
  await assert.rejects(ask('max', 'string', [[[1, 'a']]]), /max\(\) cannot be taken of a string field/);
  await assert.rejects(ask('sum', 'boolean', [[[1, true]]]), /sum\(\) cannot be taken of a boolean field/);
});
