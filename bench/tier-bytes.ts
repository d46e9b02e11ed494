// Bytes that a window of a tier takes on the disk, by column and by what surrounds the columns: `node bench/tier-bytes.ts`.
// Beside each column stands what the best of other ways to write it would take.
import { parquetMetadata } from 'hyparquet';
import { type RowGroup, type RowGroupColumn, BlockWriter, ScaleSearch } from '../src/view/block/index.ts';
import { decimalSum } from '../src/ladder/decimal-sum.ts';
import { terminalTable } from './report/table.ts';
import { randomOf } from './tsbs/random.ts';

const SECOND_NS = 1e9;
const DAY = 86_400;
const GROUP_ROWS = 100_000;
const BASE_NS = 1_793_491_200_000_000_000n;

/** One field of the base: its values at ascending seconds. */
interface Kind {
  readonly name: string;
  readonly type: 'float' | 'integer';
  /** Share of the points that are there; all by default. */
  readonly share?: number;
  readonly values: (random: () => number) => (seconds: number) => number;
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

function noisy(size: number, keep: number): (random: () => number) => () => number {
  return (random) => {
    let noise = 0;
    return () => (noise = noise * keep + (random() - 0.5) * size);
  };
}

function busy(seconds: number): number {
  return (1 - Math.cos((2 * Math.PI * (seconds % DAY)) / DAY)) / 2;
}

const KINDS: readonly Kind[] = [
  {
    name: 'percent, 2 digits',
    type: 'float',
    values: (random) => {
      const noise = noisy(6, 0.95)(random);
      return (s) => round(Math.min(100, Math.max(0, 5 + 60 * busy(s) + noise())), 2);
    },
  },
  {
    name: 'temperature, 1 digit',
    type: 'float',
    values: (random) => {
      const noise = noisy(0.2, 0.99)(random);
      return (s) => round(21 + 4 * busy(s) + noise(), 1);
    },
  },
  {
    name: 'load, 3 digits',
    type: 'float',
    values: (random) => {
      const noise = noisy(0.3, 0.98)(random);
      return (s) => round(Math.max(0, 0.4 + 2 * busy(s) + noise()), 3);
    },
  },
  {
    name: 'all digits',
    type: 'float',
    values: (random) => {
      const noise = noisy(6, 0.95)(random);
      return (s) => 40 + 30 * busy(s) + noise();
    },
  },
  {
    name: 'memory, bytes',
    type: 'integer',
    values: (random) => {
      const noise = noisy(400, 0.999)(random);
      return (s) => 4096 * Math.round(2e6 + 1e6 * busy(s) + noise());
    },
  },
  {
    name: 'counter',
    type: 'integer',
    values: (random) => {
      let total = Math.floor(random() * 1e12);
      return (s) => (total += Math.round(2e5 + 4e6 * busy(s) * random()));
    },
  },
  {
    name: 'sparse, mostly 0',
    type: 'float',
    share: 0.05,
    values: (random) => () => (random() < 0.9 ? 0 : Math.floor(random() * 20)),
  },
];
const STATES = ['count', 'sum', 'min', 'max'] as const;

/** States of all windows of one series and field, with a 0 count where there are none. */
type Windows = Readonly<Record<(typeof STATES)[number], Float64Array>>;

interface Shape {
  readonly name: string;
  readonly series: number;
  readonly baseStep: number;
  readonly step: number;
  readonly seconds: number;
}

/** Adds with a carry, as a ladder does. */
function windowsOf(kind: Kind, { baseStep, step, seconds }: Shape, random: () => number): Windows {
  const length = seconds / step;
  const out = {
    count: new Float64Array(length),
    sum: new Float64Array(length),
    min: new Float64Array(length),
    max: new Float64Array(length),
  };
  const next = kind.values(random);
  const share = kind.share ?? 1;
  for (let window = 0; window < length; window++) {
    let [count, sum, carry, min, max] = [0, 0, 0, Infinity, -Infinity];
    for (let s = window * step; s < (window + 1) * step; s += baseStep) {
      const value = next(s);
      if (share < 1 && random() >= share) continue;
      count++;
      const total = sum + value;
      carry += Math.abs(sum) >= Math.abs(value) ? sum - total + value : value - total + sum;
      sum = total;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    out.count[window] = count;
    out.sum[window] =
      kind.type === 'float' && process.env.SNAP !== '0' ? decimalSum(sum + carry, count, min, max) : sum + carry;
    out.min[window] = count === 0 ? 0 : min;
    out.max[window] = count === 0 ? 0 : max;
  }
  return out;
}

/** By kind, then by series. */
function makeTier(shape: Shape): Windows[][] {
  const random = randomOf(7);
  return KINDS.map((kind) => Array.from({ length: shape.series }, () => windowsOf(kind, shape, random)));
}

function groupsOf(tier: readonly (readonly Windows[])[], { series, step, seconds }: Shape): RowGroup[] {
  const rows = seconds / step;
  const perGroup = Math.max(1, Math.floor(GROUP_ROWS / rows));
  const groups: RowGroup[] = [];
  for (let first = 0; first < series; first += perGroup) {
    const count = Math.min(perGroup, series - first);
    const join = (kind: number, state: (typeof STATES)[number]): Float64Array => {
      const values = new Float64Array(count * rows);
      for (let at = 0; at < count; at++) values.set(tier[kind][first + at][state], at * rows);
      return values;
    };
    const columns = KINDS.flatMap(({ name, type }, kind): RowGroupColumn[] => {
      const counts = join(kind, 'count');
      const valid = counts.includes(0) ? Uint8Array.from(counts, (each) => (each === 0 ? 0 : 1)) : null;
      return STATES.map((state) => ({
        name: `${name}:${state}`,
        type: state === 'count' ? 'integer' : type,
        numbers: state === 'count' ? counts : join(kind, state),
        wide: null,
        strings: null,
        valid,
      }));
    });
    groups.push({
      rowCount: count * rows,
      measurement: 'host',
      seriesIds: Int32Array.from({ length: count }, (_, at) => first + at),
      runStarts: Uint32Array.from({ length: count + 1 }, (_, at) => at * rows),
      baseNs: BASE_NS,
      times: Float64Array.from({ length: count * rows }, (_, row) => (row % rows) * step * SECOND_NS),
      versions: null,
      columns,
    });
  }
  return groups;
}

/** As a flush or a merge writes it: of a tier, or `plain`, as if the rows were points. */
function blockOf(groups: readonly RowGroup[], plain: boolean): Buffer {
  const parts: Uint8Array[] = [];
  const fields = groups[0].columns.map(({ name, type }, at) => {
    const search = new ScaleSearch();
    for (const { columns, rowCount } of groups) search.add(columns[at].numbers, columns[at].valid, rowCount);
    return { name, type, scale: plain || type !== 'float' ? undefined : search.scale };
  });
  const schema = { tagKeys: ['host', 'region'], fields, versions: false, compact: !plain };
  const tagsOf = (id: number): string[] => [`host_${id}`, `region_${id % 5}`];
  const writer = new BlockWriter(schema, tagsOf, (bytes) => parts.push(bytes));
  for (const group of groups) writer.addRowGroup(group);
  writer.finish({ minVersion: 0, maxVersion: 0 });
  return Buffer.concat(parts);
}

const ENCODINGS: Readonly<Record<string, string>> = {
  PLAIN: 'plain',
  DELTA_BINARY_PACKED: 'delta',
  RLE_DICTIONARY: 'dictionary',
  BYTE_STREAM_SPLIT: 'split',
};

interface ColumnBytes {
  readonly bytes: number;
  readonly encodings: Set<string>;
}

function accountOf(block: Buffer): {
  columns: Map<string, ColumnBytes>;
  pageIndex: number;
  sections: number;
  footer: number;
} {
  const buffer = new Uint8Array(block).buffer;
  const metadata = parquetMetadata(buffer);
  const columns = new Map<string, ColumnBytes>();
  let [pages, pageIndex] = [0, 0];
  for (const group of metadata.row_groups) {
    for (const chunk of group.columns) {
      const name = chunk.meta_data?.path_in_schema[0] ?? '';
      const bytes = Number(chunk.meta_data?.total_compressed_size ?? 0);
      const column = columns.get(name) ?? { bytes: 0, encodings: new Set<string>() };
      const encodings = new Set([
        ...column.encodings,
        ...(chunk.meta_data?.encodings ?? []).map((each) => ENCODINGS[each] ?? ''),
      ]);
      columns.set(name, { bytes: column.bytes + bytes, encodings });
      pages += bytes;
      pageIndex += (chunk.offset_index_length ?? 0) + (chunk.column_index_length ?? 0);
    }
  }
  const footer = block.readUInt32LE(block.length - 8) + 12;
  return { columns, pageIndex, sections: block.length - pages - pageIndex - footer, footer };
}

const SHAPES: readonly Shape[] = [
  { name: '10s, 40 series, a day', series: 40, baseStep: 1, step: 10, seconds: DAY },
  { name: '2m, 100 series, a day', series: 100, baseStep: 10, step: 120, seconds: DAY },
  { name: '1h, 100 series, a week', series: 100, baseStep: 60, step: 3600, seconds: 7 * DAY },
  { name: '1h, 100 series, 6 weeks', series: 100, baseStep: 60, step: 3600, seconds: 42 * DAY },
  { name: '1h, 1 series, a week', series: 1, baseStep: 60, step: 3600, seconds: 7 * DAY },
  { name: '1h, 1 series, 6 weeks', series: 1, baseStep: 60, step: 3600, seconds: 42 * DAY },
];

const figure = (value: number): string => value.toFixed(2);

for (const shape of SHAPES) {
  const tier = makeTier(shape);
  const groups = groupsOf(tier, shape);
  for (const plain of [true, false]) {
    const block = blockOf(groups, plain);
    const { columns, pageIndex, sections, footer } = accountOf(block);
    const points = tier.map((windows) =>
      windows.reduce((sum, { count }) => sum + count.filter((each) => each > 0).length, 0),
    );
    const all = points.reduce((a, b) => a + b, 0);
    const cell = (name: string, count: number): string => {
      const column = columns.get(name);
      return `${figure((column?.bytes ?? 0) / count)} ${[...(column?.encodings ?? [])].filter((each) => each !== '' && (each !== 'plain' || column?.encodings.size === 2)).join('+')}`;
    };
    const rows = KINDS.map(({ name }, at) => [
      name,
      ...STATES.map((state) => cell(`${name}:${state}`, points[at])),
      figure(STATES.reduce((sum, state) => sum + (columns.get(`${name}:${state}`)?.bytes ?? 0), 0) / points[at]),
    ]);
    const tags = ['measurement', 'host', 'region'].reduce((sum, name) => sum + (columns.get(name)?.bytes ?? 0), 0);
    process.stdout.write(
      terminalTable({
        title: `${shape.name}: ${figure(block.length / all)} bytes a point`,
        columns: ['field', ...STATES, 'all'],
        rows,
        notes: [
          `beside: times ${figure((columns.get('time')?.bytes ?? 0) / all)}, tags ${figure(tags / all)}, page index ${figure(pageIndex / all)}, series index ${figure(sections / all)}, footer ${figure(footer / all)} a point`,
        ],
      }),
    );
  }
}
