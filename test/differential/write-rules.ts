// Disagreements about writes that are known and meant; see rules.ts.
import type { Write } from './random-write.ts';
import type { Answer } from './servers.ts';

export interface WriteDisagreement {
  readonly write: Write;
  readonly influxdb: Answer;
  readonly weir: Answer;
}

export interface WriteRule {
  readonly name: string;
  /** How the row of docs/deviations.md begins. */
  readonly row: string;
  readonly explains: (disagreement: WriteDisagreement) => boolean;
}

export const WRITE_RULES: readonly WriteRule[] = [
  {
    name: 'unknown policy before bad lines',
    row: 'an unknown retention policy beside bad lines',
    explains: ({ write, weir }) => write.query === 'rp=nosuch' && weir.body.includes('retention policy not found'),
  },
  {
    name: 'conflict within one write',
    row: 'two types of a new field in one write',
    explains: ({ influxdb, weir }) =>
      influxdb.body.includes('"field type conflict"') &&
      (weir.status === 204 || weir.body.includes('partial write: field type conflict')),
  },
  {
    name: 'mangled names',
    row: '`"a"b`, `"a""b"`, empty field names',
    explains: ({ write, influxdb, weir }) =>
      influxdb.status === 204 &&
      /invalid (tag|field) format|missing (field|tag) (key|value)|unbalanced quotes/.test(weir.body) &&
      MANGLED.test(write.lines),
  },
  {
    name: 'several faults',
    row: 'a write with several kinds of fault',
    explains: ({ write, influxdb, weir }) =>
      influxdb.status === 400 && weir.status === 400 && MANGLED.test(write.lines),
  },
  {
    name: 'backslashes in names',
    row: 'a backslash before `=` or another backslash in a name',
    explains: ({ write, influxdb, weir }) => influxdb.status === weir.status && /\\[=\\]/.test(write.lines),
  },
];

/** What is wrong with a line that InfluxDB stores all the same. */
const MANGLED = /==|""|"[^ ,"\n]|,,|,=|[ ,]\t|\t=| =|"[^"]*"[^, ]/;

export function writeRuleFor(disagreement: WriteDisagreement): WriteRule | undefined {
  return WRITE_RULES.find((rule) => rule.explains(disagreement));
}
