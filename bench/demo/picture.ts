// How a ladder looks on a terminal.
import type { Cell } from './weir.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

/** Ages from left to right, the oldest first; the axis is logarithmic. */
const MARKS: readonly (readonly [label: string, seconds: number])[] = [
  ['2y', 730 * DAY],
  ['6mo', 182 * DAY],
  ['8w', 56 * DAY],
  ['2w', 14 * DAY],
  ['3d', 3 * DAY],
  ['12h', 12 * HOUR],
  ['1h', HOUR],
  ['5m', 300],
];
const OLDEST_SECONDS = 800 * DAY;
const NEWEST_SECONDS = 60;
const WIDTH = 56;

const LEVELS = '▁▂▃▄▅▆▇█';

/** Filled where a tier has points of that age. */
export function extentBar(oldestAgeSeconds: number, newestAgeSeconds: number): string {
  const [first, last] = [columnOf(oldestAgeSeconds), columnOf(newestAgeSeconds)];
  return Array.from({ length: WIDTH }, (_, column) => (column >= first && column <= last ? '█' : '·')).join('');
}

/** The axis of the bars. */
export function extentAxis(): string {
  const axis = Array.from({ length: WIDTH }, () => ' ');
  for (const [label, seconds] of MARKS) {
    const column = columnOf(seconds);
    for (let at = 0; at < label.length && column + at < WIDTH; at++) axis[column + at] = label[at];
  }
  return axis.join('');
}

/** One character a value; a blank where there is none. */
export function sparkline(values: readonly Cell[], width: number): string {
  const numbers = shrink(values, width);
  const present = numbers.filter((value) => value !== null);
  const [low, high] = [Math.min(...present), Math.max(...present)];
  const level = (value: number): string =>
    LEVELS[Math.min(LEVELS.length - 1, Math.floor(((value - low) / (high - low || 1)) * LEVELS.length))];
  return numbers.map((value) => (value === null ? ' ' : level(value))).join('');
}

/** At most `width` values: means of neighbours. */
function shrink(values: readonly Cell[], width: number): readonly (number | null)[] {
  const columns = Math.min(width, values.length);
  return Array.from({ length: columns }, (_, column) => {
    const start = Math.floor((column * values.length) / columns);
    const end = Math.floor(((column + 1) * values.length) / columns);
    const numbers = values.slice(start, end).filter((value) => typeof value === 'number');
    return numbers.length === 0 ? null : numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  });
}

function columnOf(ageSeconds: number): number {
  const age = Math.min(OLDEST_SECONDS, Math.max(NEWEST_SECONDS, ageSeconds));
  return Math.round(((WIDTH - 1) * Math.log(OLDEST_SECONDS / age)) / Math.log(OLDEST_SECONDS / NEWEST_SECONDS));
}
