// Windows of a tier made straight from points, with the states that a ladder would keep, and the block that they come to.
import { decimalSum } from '../../src/ladder/decimal-sum.ts';
import { type RowGroup, type RowGroupColumn, BlockWriter, ScaleSearch } from '../../src/view/block/index.ts';
import { randomOf } from '../tsbs/random.ts';
import { FIELDS, type Field } from './fields.ts';

export const STATES = ['count', 'sum', 'min', 'max'] as const;
export type State = (typeof STATES)[number];

/** One field of one series, window by window; 0 in windows without a point. `added` is the sum as its parts add up. */
export type Windows = Readonly<Record<State | 'added', Float64Array>>;

export interface Shape {
  readonly name: string;
  readonly series: number;
  /** Seconds between points, of a window, and in all. */
  readonly baseStep: number;
  readonly step: number;
  readonly seconds: number;
}

const GROUP_ROWS = 100_000;
const BASE_NS = 1_793_491_200_000_000_000n;

/** By field, then by series. Same shape, same windows. */
export function makeWindows(shape: Shape): Windows[][] {
  const random = randomOf(7);
  return FIELDS.map((field) => Array.from({ length: shape.series }, () => windowsOf(field, shape, random)));
}

function windowsOf(field: Field, { baseStep, step, seconds }: Shape, random: () => number): Windows {
  const column = (): Float64Array => new Float64Array(seconds / step);
  const out: Windows = { count: column(), sum: column(), min: column(), max: column(), added: column() };
  const next = field.values(random);
  for (let window = 0; window < seconds / step; window++) {
    const points: number[] = [];
    for (let s = window * step; s < (window + 1) * step; s += baseStep) {
      const value = next(s);
      if (field.share === 1 || random() < field.share) points.push(value);
    }
    if (points.length === 0) continue;
    out.count[window] = points.length;
    out.added[window] = carriedSum(points);
    out.min[window] = points.reduce((a, b) => Math.min(a, b));
    out.max[window] = points.reduce((a, b) => Math.max(a, b));
    const isFloat = field.type === 'float';
    out.sum[window] = isFloat
      ? decimalSum(out.added[window], points.length, out.min[window], out.max[window])
      : out.added[window];
  }
  return out;
}

function carriedSum(points: readonly number[]): number {
  let [sum, carry] = [0, 0];
  for (const value of points) {
    const total = sum + value;
    carry += Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum;
    sum = total;
  }
  return sum + carry;
}

/** As a flush writes it: compactly, as a tier, or as if its rows were points. */
export function writeBlock(windows: readonly (readonly Windows[])[], shape: Shape, compact: boolean): Buffer {
  const groups = groupsOf(windows, shape, compact);
  const parts: Uint8Array[] = [];
  const fields = groups[0].columns.map(({ name, type }, at) => {
    const search = new ScaleSearch();
    for (const { columns, rowCount } of groups) search.add(columns[at].numbers, columns[at].valid, rowCount);
    return { name, type, scale: compact && type === 'float' ? search.scale : undefined };
  });
  const schema = { tagKeys: ['host', 'region'], fields, versions: false, compact };
  const tagsOf = (id: number): string[] => [`host_${id}`, `region_${id % 5}`];
  const writer = new BlockWriter(schema, tagsOf, (bytes) => parts.push(bytes));
  for (const group of groups) writer.addRowGroup(group);
  writer.finish({ minVersion: 0, maxVersion: 0 });
  return Buffer.concat(parts);
}

function groupsOf(windows: readonly (readonly Windows[])[], shape: Shape, compact: boolean): RowGroup[] {
  const rows = shape.seconds / shape.step;
  const most = Math.max(1, Math.floor(GROUP_ROWS / rows));
  const groups: RowGroup[] = [];
  for (let first = 0; first < shape.series; first += most) {
    const count = Math.min(most, shape.series - first);
    groups.push({
      rowCount: count * rows,
      measurement: 'host',
      seriesIds: Int32Array.from({ length: count }, (_, at) => first + at),
      runStarts: Uint32Array.from({ length: count + 1 }, (_, at) => at * rows),
      baseNs: BASE_NS,
      times: Float64Array.from({ length: count * rows }, (_, row) => (row % rows) * shape.step * 1e9),
      versions: null,
      columns: FIELDS.flatMap((field, at) => columnsOf(field, windows[at].slice(first, first + count), compact)),
    });
  }
  return groups;
}

function columnsOf({ name, type }: Field, series: readonly Windows[], compact: boolean): RowGroupColumn[] {
  const counts = join(series, 'count');
  const valid = counts.includes(0) ? Uint8Array.from(counts, (count) => (count === 0 ? 0 : 1)) : null;
  return STATES.map((state) => ({
    name: `${name}:${state}`,
    type: state === 'count' ? 'integer' : type,
    numbers: join(series, state === 'sum' && !compact ? 'added' : state),
    wide: null,
    strings: null,
    valid,
  }));
}

function join(series: readonly Windows[], state: keyof Windows): Float64Array {
  const rows = series[0][state].length;
  const joined = new Float64Array(series.length * rows);
  for (const [at, windows] of series.entries()) joined.set(windows[state], at * rows);
  return joined;
}
