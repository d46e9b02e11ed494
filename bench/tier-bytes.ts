// What a tier's points cost on the disk, by state and by what surrounds them: `node bench/tier-bytes.ts`. Tiers as they are
// written stand beside the same rows written as points are, and beside what their differences hold of information.
import { ScaleSearch } from '../src/view/block/index.ts';
import { terminalTable } from './report/table.ts';
import { type Account, accountOf, differencesOf, informationOf } from './tiers/account.ts';
import { FIELDS } from './tiers/fields.ts';
import { STATES, type Shape, type State, type Windows, makeWindows, writeBlock } from './tiers/windows.ts';

const DAY = 86_400;

/** The long spans of 1h are the shards of a tier that is kept for two years, the week is what InfluxDB's rule would make. */
const SHAPES: readonly Shape[] = [
  { name: '10s, 40 series, a day', series: 40, baseStep: 1, step: 10, seconds: DAY },
  { name: '2m, 100 series, two days', series: 100, baseStep: 10, step: 120, seconds: 2 * DAY },
  { name: '1h, 100 series, a week', series: 100, baseStep: 60, step: 3600, seconds: 7 * DAY },
  { name: '1h, 100 series, 8 weeks', series: 100, baseStep: 60, step: 3600, seconds: 56 * DAY },
  { name: '1h, 1 series, a week', series: 1, baseStep: 60, step: 3600, seconds: 7 * DAY },
  { name: '1h, 1 series, 8 weeks', series: 1, baseStep: 60, step: 3600, seconds: 56 * DAY },
];

const figure = (value: number): string => value.toFixed(2);

function report(shape: Shape): void {
  const windows = makeWindows(shape);
  const points = windows.map((series) => series.reduce((sum, { count }) => sum + count.filter((n) => n > 0).length, 0));
  const all = points.reduce((a, b) => a + b, 0);
  const blocks = [false, true].map((compact) => writeBlock(windows, shape, compact));
  const [before, after] = blocks.map(accountOf);
  process.stdout.write(
    terminalTable({
      title: `${shape.name}: ${blocks.map(({ length }) => figure(length / all)).join(' → ')} bytes a point`,
      columns: ['field', 'as points', 'as a tier', ...STATES, 'differences', '… from the mean'],
      rows: FIELDS.map(({ name }, at) => [
        name,
        figure(fieldBytes(before, name) / points[at]),
        figure(fieldBytes(after, name) / points[at]),
        ...STATES.map((state) => stateCell(after, `${name}:${state}`, points[at])),
        ...informationCells(windows[at]),
      ]),
      notes: [
        `Beside the fields, a point: ${surroundings(before, all)} as points; ${surroundings(after, all)} as a tier.`,
      ],
    }),
  );
}

function fieldBytes({ columns }: Account, field: string): number {
  return STATES.reduce((sum, state) => sum + (columns.get(`${field}:${state}`)?.bytes ?? 0), 0);
}

function stateCell({ columns }: Account, column: string, points: number): string {
  const { bytes, encodings } = columns.get(column) ?? { bytes: 0, encodings: new Set() };
  return `${figure(bytes / points)} ${[...encodings].join('+')}`;
}

function surroundings({ columns, pageIndex, seriesIndex, footer }: Account, points: number): string {
  const bytesOf = (...names: string[]): number => names.reduce((sum, name) => sum + (columns.get(name)?.bytes ?? 0), 0);
  const parts = {
    time: bytesOf('time'),
    tags: bytesOf('measurement', 'host', 'region'),
    'page index': pageIndex,
    'series index': seriesIndex,
    footer,
  };
  return Object.entries(parts)
    .map(([name, bytes]) => `${name} ${figure(bytes / points)}`)
    .join(', ');
}

/** Of sum, min and max: by differences from window to window; the same with min and max told from the mean. */
function informationCells(series: readonly Windows[]): readonly string[] {
  const [sums, mins, maxs] = (['sum', 'min', 'max'] as const).map((state) => present(series, state));
  const counts = present(series, 'count');
  const search = new ScaleSearch();
  for (const values of [sums, mins, maxs]) search.add(Float64Array.from(values), null, values.length);
  if (search.scale === undefined) return ['–', '–'];
  const power = 10 ** search.scale;
  const scaled = (values: readonly number[]): number[] => values.map((value) => Math.round(value * power));
  const means = sums.map((sum, at) => Math.round((sum / counts[at]) * power));
  const plain = [sums, mins, maxs].map((values) => informationOf(differencesOf(scaled(values))));
  const fromMean = [mins, maxs].map((values) => informationOf(scaled(values).map((value, at) => value - means[at])));
  const total = (parts: readonly number[]): string => figure(parts.reduce((a, b) => a + b, 0));
  return [total(plain), total([plain[0], ...fromMean])];
}

function present(series: readonly Windows[], state: State): number[] {
  return series.flatMap((windows) => [...windows[state].filter((_, at) => windows.count[at] > 0)]);
}

for (const shape of SHAPES) report(shape);
