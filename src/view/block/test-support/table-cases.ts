// Tables of every kind that a block must hold: named ones for what is special, random ones for all the rest.
import { FIELD_TYPES, type FieldType, MAX_TIME_NS, MIN_TIME_NS } from '../../../model/index.ts';
import { type Random, seeded } from './random.ts';
import type { Cell, TestRow, TestTable } from './test-table.ts';

const BASE_NS = 1_700_000_000_000_000_000n;
const SECOND = 1_000_000_000n;

interface Shape {
  readonly fields: Readonly<Record<string, FieldType>>;
  readonly series?: number;
  readonly rowsOf?: (series: number) => number;
  readonly measurements?: number;
  readonly groupRows?: number;
  readonly versions?: boolean;
  readonly tagKeys?: readonly string[];
  readonly timeOf?: (row: number, series: number) => bigint;
  readonly cell?: (field: number, row: number, series: number) => Cell;
}

function makeTable(shape: Shape): TestTable {
  const { series = 1, rowsOf = () => 1, measurements = 1, versions = false, tagKeys = ['host'] } = shape;
  const timeOf = shape.timeOf ?? ((row: number) => BASE_NS + BigInt(row) * 10n * SECOND);
  const fields = Object.entries(shape.fields).map(([name, type]) => ({ name, type }));
  const rows: TestRow[] = [];
  for (let m = 0; m < measurements; m++) {
    for (let s = 0; s < series; s++) {
      for (let row = 0; row < rowsOf(s); row++) {
        // Series ids interleave between measurements, as first sight in real life does.
        const id = s * measurements + m;
        const cells = fields.map((_, field) => shape.cell?.(field, row, id) ?? null);
        rows.push({
          measurement: `m${m}`,
          series: id,
          timeNs: timeOf(row, s),
          version: versions ? 1000 + row * series + s : 0,
          cells,
        });
      }
    }
  }
  const tagsOf = (id: number): (string | null)[] =>
    tagKeys.map((key, at) => ((id + at) % 5 === 4 ? null : `${key}-${id >> at}`));
  return { tagKeys, tagsOf, fields, versions, rows, groupRows: shape.groupRows ?? 100_000 };
}

const mixed = { i: 'integer', u: 'unsigned', f: 'float', s: 'string', b: 'boolean' } as const;

function mixedCell(field: number, row: number, series: number): Cell {
  return [
    BigInt((row * 7 + series) % 100),
    BigInt(row) * 1000n,
    Math.sin(row) * 100,
    `state ${row % 4}`,
    row % 3 === 0,
  ][field];
}

const EXTREMES: readonly bigint[] = [-(2n ** 63n), 2n ** 63n - 1n, 0n, -1n, 2n ** 53n - 1n, 2n ** 53n, -(2n ** 53n)];
const FLOATS = [-0, 0, 5e-324, -1.7976931348623157e308, 1 / 3, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/** Name -> table. */
export const NAMED_TABLES: Readonly<Record<string, () => TestTable>> = {
  'no rows': () => makeTable({ fields: mixed, rowsOf: () => 0, versions: true }),
  'no fields at all': () => makeTable({ fields: {}, rowsOf: () => 5 }),
  'one row': () => makeTable({ fields: mixed, cell: mixedCell, versions: true }),
  'one series': () => makeTable({ fields: mixed, rowsOf: () => 5000, cell: mixedCell }),
  'many series of one row': () => makeTable({ fields: mixed, series: 9000, cell: mixedCell, versions: true }),
  'series of all lengths': () =>
    makeTable({ fields: mixed, series: 16, rowsOf: (series) => 1 + series ** 3, cell: mixedCell, versions: true }),
  'many small measurements': () =>
    makeTable({
      fields: mixed,
      measurements: 300,
      series: 3,
      rowsOf: () => 4,
      cell: (field, row, series) => (series % 5 === field ? mixedCell(field, row, series) : null),
      versions: true,
    }),
  'series that span small row groups': () =>
    makeTable({ fields: mixed, series: 3, rowsOf: () => 2500, groupRows: 700, cell: mixedCell, versions: true }),
  'series and fields that span large row groups': () =>
    makeTable({
      fields: { i: 'integer', late: 'integer', early: 'float' },
      series: 2,
      rowsOf: () => 36_000,
      groupRows: 33_000,
      cell: (field, row) => [BigInt(row % 9), row > 34_000 ? BigInt(row) : null, row < 20_000 ? row / 4 : null][field],
    }),
  'integers of 64 bits': () =>
    makeTable({
      fields: { i: 'integer', u: 'unsigned', close: 'integer', jump: 'integer', few: 'unsigned', leap: 'integer' },
      rowsOf: () => 6000,
      cell: (field, row) =>
        [
          EXTREMES[row % EXTREMES.length],
          BigInt.asUintN(64, EXTREMES[row % EXTREMES.length] * 31n + BigInt(row)),
          2n ** 60n + BigInt(row * row),
          BigInt(row % 2 === 0 ? 1 : -1) * (2n ** 53n - 1n - BigInt(row)),
          row % 100 < 98 ? 7n : 2n ** 64n - 1n,
          2n ** 60n + BigInt(row % 2) * 2n ** 56n + BigInt(row),
        ][field],
    }),
  'wide integers in some pages only': () =>
    makeTable({
      fields: { i: 'integer' },
      rowsOf: () => 20_000,
      cell: (_, row) => (row === 15_000 ? 2n ** 62n : row % 7 === 0 ? null : BigInt(row)),
    }),
  'floats with nothing ordinary': () =>
    makeTable({
      fields: { f: 'float', zeros: 'float', nan: 'float' },
      rowsOf: () => 3000,
      cell: (field, row) => [FLOATS[row % FLOATS.length], row % 2 === 0 ? -0 : 0, row === 99 ? Number.NaN : row][field],
    }),
  'floats in every encoding': () =>
    makeTable({
      fields: { few: 'float', cents: 'float', full: 'float', counter: 'float', constant: 'float' },
      rowsOf: () => 12_000,
      cell: (field, row) => {
        const noise = seeded(row).next();
        return [row % 7, Math.round(noise * 10_000) / 100, noise, row * 1e6 + Math.floor(noise * 1000), 0.1][field];
      },
    }),
  'floats that are decimals': () =>
    makeTable({
      fields: {
        tenths: 'float',
        cents: 'float',
        whole: 'float',
        walk: 'float',
        sparse: 'float',
        rare: 'float',
        almost: 'float',
      },
      series: 3,
      rowsOf: () => 9000,
      groupRows: 10_000,
      cell: (field, row, series) => {
        const noise = seeded(row * 3 + series).next();
        return [
          row === 0 ? -0.1 : Math.round(noise * 50) / 10,
          Math.round(noise * 1e9) / 100 - 5e6,
          row % 2 === 0 ? 2 ** 40 + row : -row - 1,
          Math.round(row * 700 + noise * 1000) / 1000,
          noise < 0.1 ? Math.floor(noise * 100) / 4 : null,
          noise < 0.9 ? 7 : Math.floor(noise * 2000) * 1e6,
          row === 8999 && series === 2 ? 0.1 + 0.2 : row / 10,
        ][field];
      },
    }),
  'nulls of all kinds': () =>
    makeTable({
      fields: { none: 'integer', some: 'float', most: 'string', runs: 'boolean', all: 'unsigned', late: 'integer' },
      series: 4,
      rowsOf: () => 4000,
      cell: (field, row, series) =>
        [
          BigInt(row),
          row % 3 === 0 ? null : row / 8,
          row % 97 === 0 ? `text ${row}` : null,
          row % 200 < 100 ? null : row % 2 === 0,
          null,
          series === 3 && row > 3990 ? BigInt(row) : null,
        ][field],
    }),
  strings: () =>
    makeTable({
      fields: { few: 'string', unique: 'string', empty: 'string', world: 'string', long: 'string' },
      rowsOf: () => 3000,
      cell: (field, row) =>
        [
          `level-${row % 3}`,
          `request ${row} took ${row * 3} ms`,
          row % 2 === 0 ? '' : null,
          `größe ${row} 温度 \u{1f321}`,
          row % 500 === 0 ? 'x'.repeat(64_000) : 'short',
        ][field],
    }),
  'times over all of int64': () =>
    makeTable({
      fields: { i: 'integer' },
      series: 3,
      rowsOf: () => 5,
      timeOf: (row) => [MIN_TIME_NS, -1n, 0n, BASE_NS + 1n, MAX_TIME_NS][row],
      cell: mixedCell,
    }),
  'times that span a whole chunk': () =>
    makeTable({
      fields: { i: 'integer' },
      series: 5,
      rowsOf: () => 40,
      timeOf: (row) => BASE_NS + (2n ** 53n * BigInt(row)) / 45n,
      cell: mixedCell,
    }),
  'series far apart in time': () =>
    makeTable({
      fields: { i: 'integer' },
      series: 30,
      rowsOf: () => 4,
      groupRows: 7,
      timeOf: (row, series) => BASE_NS + BigInt(series) * 2n ** 51n + BigInt(row) * 2n ** 50n + BigInt(row * series),
      cell: mixedCell,
    }),
  'rows of a series too far apart for one page': () =>
    makeTable({
      fields: { i: 'integer' },
      series: 10,
      rowsOf: () => 2,
      timeOf: (row) => BASE_NS + BigInt(row) * (2n ** 54n - 2001n),
      cell: mixedCell,
    }),
  'times with jitter': () =>
    makeTable({
      fields: { i: 'integer' },
      series: 7,
      rowsOf: () => 1500,
      timeOf: (row, series) => BASE_NS + BigInt(row) * SECOND + BigInt(seeded(row * 7 + series).below(1e8)),
      cell: mixedCell,
      versions: true,
    }),
  'names that collide': () =>
    makeTable({
      fields: {
        time: 'integer',
        _version: 'float',
        measurement: 'string',
        host: 'boolean',
        time_1: 'integer',
        '': 'integer',
      },
      tagKeys: ['host', 'time', 'größe'],
      rowsOf: () => 20,
      versions: true,
      cell: (field, row) => [BigInt(row), row / 2, `m${row}`, row % 2 === 0, BigInt(-row), 1n][field],
    }),
};

type MakeCell = (row: number) => Cell;

const integerStyles = (random: Random): MakeCell =>
  random.pick<MakeCell>([
    () => 42n,
    (row) => BigInt(row * 3),
    () => BigInt(random.below(3)),
    () => BigInt(random.below(2 ** 20) - 2 ** 19),
    () => BigInt(random.below(2 ** 32)) * BigInt(random.below(2 ** 21)),
    () => random.int64() >> BigInt(random.below(64)),
  ]);

const floatStyles = (random: Random): MakeCell =>
  random.pick<MakeCell>([
    () => 0.5,
    () => random.below(100),
    () => random.below(100_000) / 100,
    () => random.next(),
    () => new Float64Array(BigInt64Array.of(random.int64()).buffer)[0],
  ]);

const stringStyles = (random: Random): MakeCell =>
  random.pick<MakeCell>([
    () => `s${random.below(5)}`,
    () => 'é'.repeat(random.below(6)),
    () =>
      random
        .int64()
        .toString(36)
        .repeat(1 + random.below(4)),
  ]);

function cellsOf(type: FieldType, random: Random): MakeCell {
  switch (type) {
    case 'float':
      return floatStyles(random);
    case 'integer':
      return integerStyles(random);
    case 'unsigned': {
      const integer = integerStyles(random);
      return (row) => BigInt.asUintN(64, integer(row) as bigint);
    }
    case 'string':
      return stringStyles(random);
    case 'boolean':
      return random.pick<MakeCell>([() => true, () => random.next() < 0.5]);
  }
}

export function randomTable(seed: number): TestTable {
  const random = seeded(seed);
  const fields: Record<string, FieldType> = {};
  const makers: MakeCell[] = [];
  const nullShares: number[] = [];
  for (let field = 0; field <= random.below(5); field++) {
    const type = random.pick(FIELD_TYPES);
    fields[`field ${field}`] = type;
    makers.push(cellsOf(type, random));
    nullShares.push(random.pick([0, 0, 0.1, 0.9, 1]));
  }
  const series = 1 + random.below(random.pick([1, 20, 600]));
  const rows = Math.ceil(random.pick([10, 3000, 15_000]) / series);
  const lengths = Array.from({ length: series }, () => 1 + random.below(2 * rows));
  const step = BigInt(random.pick([1, 1000, 1e9, 1e10]));
  const jitter = random.pick([0, 0, 999]);
  const measurements = 1 + random.below(3);
  return makeTable({
    fields,
    series,
    measurements,
    rowsOf: (at) => lengths[at],
    groupRows: random.pick([100, 5000, 100_000]),
    versions: random.next() < 0.5,
    tagKeys: ['host', 'zone'].slice(0, random.below(3)),
    timeOf: (row) => BASE_NS + BigInt(row) * step * 1000n + BigInt(random.below(jitter + 1)),
    cell: (field, row) => (random.next() < nullShares[field] ? null : makers[field](row)),
  });
}
