// Speed and size of blocks by kind of column: `node bench/block.ts [rows]`. Values a second of one thread's processor time.
import {
  type Block,
  BlockWriter,
  type RowGroup,
  type RowGroupColumn,
  memoryBlock,
  openBlock,
} from '../src/view/block/index.ts';
import type { FieldType } from '../src/model/index.ts';

const GROUP_ROWS = 100_000;
const STEP_NS = 1e10;

interface Case {
  readonly name: string;
  readonly type: FieldType;
  readonly fields: number;
  /** Rows of one series in a block. */
  readonly seriesRows: number;
  /** A generator of one series' values. */
  readonly values: () => (row: number) => number;
  readonly jitterNs?: number;
  readonly nullShare?: number;
}

let seed = 12345;
function random(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
  return (seed >>> 0) / 2 ** 32;
}

/** Steps of about one, within 0 .. 100: TSBS's cpu fields. */
function walk(): (row: number) => number {
  let value = random() * 100;
  return () => {
    const step = Math.sqrt(-2 * Math.log(random() + 1e-12)) * Math.cos(2 * Math.PI * random());
    value = Math.max(0, Math.min(100, value + step));
    return value;
  };
}

const walkOf = (round: (value: number) => number) => (): ((row: number) => number) => {
  const next = walk();
  return (row) => round(next(row));
};

const CASES: readonly Case[] = [
  { name: 'TSBS cpu, L1', type: 'integer', fields: 10, seriesRows: 8640, values: walkOf(Math.floor) },
  { name: 'TSBS cpu, L0 (60 s)', type: 'integer', fields: 10, seriesRows: 6, values: walkOf(Math.floor) },
  { name: 'TSBS cpu, 1 h', type: 'integer', fields: 10, seriesRows: 360, values: walkOf(Math.floor) },
  {
    name: 'TSBS cpu, jitter',
    type: 'integer',
    fields: 10,
    seriesRows: 8640,
    values: walkOf(Math.floor),
    jitterNs: 1e6,
  },
  {
    name: 'integers, 10 % null',
    type: 'integer',
    fields: 10,
    seriesRows: 8640,
    values: walkOf(Math.floor),
    nullShare: 0.1,
  },
  { name: 'counters', type: 'integer', fields: 10, seriesRows: 8640, values: counter },
  { name: 'floats, whole', type: 'float', fields: 10, seriesRows: 8640, values: walkOf(Math.floor) },
  {
    name: 'floats, 2 digits',
    type: 'float',
    fields: 10,
    seriesRows: 8640,
    values: walkOf((v) => Math.round(v * 100) / 100),
  },
  {
    name: 'floats, 6 digits',
    type: 'float',
    fields: 10,
    seriesRows: 8640,
    values: walkOf((v) => Math.round(v * 1e6) / 1e6),
  },
  { name: 'floats, full', type: 'float', fields: 10, seriesRows: 8640, values: walk },
  { name: 'floats, counters', type: 'float', fields: 10, seriesRows: 8640, values: counter },
  { name: 'booleans', type: 'boolean', fields: 10, seriesRows: 8640, values: () => () => (random() < 0.1 ? 1 : 0) },
];

function counter(): (row: number) => number {
  let value = Math.floor(random() * 1e12);
  return () => (value += Math.floor(random() * 100_000));
}

/** Processor time of this thread: other work on the machine does not count. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function makeGroups(test: Case, rows: number): RowGroup[] {
  const groups: RowGroup[] = [];
  for (let first = 0; first < rows; first += GROUP_ROWS) {
    const rowCount = Math.min(GROUP_ROWS, rows - first);
    const seriesIds: number[] = [];
    const runStarts: number[] = [];
    const times = new Float64Array(rowCount);
    for (let row = 0; row < rowCount; row++) {
      const inSeries = (first + row) % test.seriesRows;
      if (row === 0 || inSeries === 0) {
        seriesIds.push(Math.floor((first + row) / test.seriesRows));
        runStarts.push(row);
      }
      times[row] = inSeries * STEP_NS + (test.jitterNs === undefined ? 0 : Math.floor(random() * test.jitterNs));
    }
    groups.push({
      rowCount,
      measurement: 'cpu',
      seriesIds: Int32Array.from(seriesIds),
      runStarts: Uint32Array.from([...runStarts, rowCount]),
      baseNs: 1_700_000_000_000_000_000n,
      times,
      versions: null,
      columns: Array.from({ length: test.fields }, (_, field) => makeColumn(test, field, rowCount, runStarts)),
    });
  }
  return groups;
}

function makeColumn(test: Case, field: number, rowCount: number, runStarts: readonly number[]): RowGroupColumn {
  const numbers = new Float64Array(rowCount);
  const starts = new Set(runStarts);
  let next = test.values();
  for (let row = 0; row < rowCount; row++) {
    if (starts.has(row)) next = test.values();
    numbers[row] = next(row);
  }
  const { nullShare } = test;
  const valid = nullShare === undefined ? null : Uint8Array.from(numbers, () => (random() < nullShare ? 0 : 1));
  return { name: `field_${field}`, type: test.type, numbers, wide: null, strings: null, valid };
}

function write(groups: readonly RowGroup[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const fields = groups[0].columns.map(({ name, type }) => ({ name, type }));
  const tagKeys = ['arch', 'hostname', 'region'];
  const writer = new BlockWriter(
    { tagKeys, fields, versions: false },
    (id) => ['x64', `host_${id}`, `region-${id % 9}`],
    (bytes) => parts.push(bytes),
  );
  for (const group of groups) writer.addRowGroup(group);
  writer.finish({ minVersion: 0, maxVersion: 0 });
  return Buffer.concat(parts);
}

const READ_ROUNDS = 8;

/** Decodes everything again and again; returns the milliseconds of times and of fields once. */
function read(block: Block): { times: number; fields: number } {
  const pages = block.pageStarts.length - 1;
  const passes = (columns: number, decode: (column: number, page: number) => void): number => {
    const start = threadMs();
    for (let round = 0; round < READ_ROUNDS; round++) {
      for (let column = 0; column < columns; column++) for (let page = 0; page < pages; page++) decode(column, page);
    }
    return Math.max(1e-3, threadMs() - start) / READ_ROUNDS;
  };
  // Times are one column only: ten times, for a clock that ticks every 4 ms.
  const times = passes(10, (_, page) => void block.decodeTimes(page)) / 10;
  return { times, fields: passes(block.fields.length, (field, page) => void block.decodeColumn(field, page)) };
}

function least(rounds: number, run: () => number): number {
  return Math.min(...Array.from({ length: rounds }, run));
}

function millions(count: number, ms: number): string {
  return (count / ms / 1000).toFixed(0).padStart(7);
}

const rows = Number(process.argv[2] ?? 400_000);
console.log(`${rows} rows a case; M values/s\n`);
console.log(`${'case'.padEnd(22)} bytes/row  encode  decode   times`);
for (const test of CASES) {
  const groups = makeGroups(test, rows);
  let bytes: Uint8Array = new Uint8Array(0);
  const encodeMs = least(4, () => {
    const start = threadMs();
    bytes = write(groups);
    return threadMs() - start;
  });
  const block = openBlock(memoryBlock(bytes));
  read(block);
  const decode = read(block);
  const values = rows * test.fields;
  const size = (bytes.length / rows).toFixed(2).padStart(9);
  console.log(
    `${test.name.padEnd(22)} ${size} ${millions(values + rows, encodeMs)} ${millions(values, decode.fields)} ${millions(rows, decode.times)}`,
  );
}
