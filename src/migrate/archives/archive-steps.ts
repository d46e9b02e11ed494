// The ladder that the archives of many files make together, as it would be written: `60s:86400s,300s:2592000s`.
import { WeirError } from '../../base/index.ts';
import type { ArchiveFile } from './archive-file.ts';

const LEAST_PERIOD = 3600;

/** Every step that some file has, kept as long as in the file that keeps it longest, and no less than finer ones. */
export function stepsOf(files: readonly ArchiveFile[]): string {
  const periods = new Map<number, number>();
  for (const file of files) {
    // The base is there, though its points are not, where the finest archive is of several steps.
    periods.set(file.baseStep, Math.max(periods.get(file.baseStep) ?? 0, LEAST_PERIOD));
    for (const { step, rowCount } of file.fields.flatMap((field) => field.archives)) {
      periods.set(step, Math.max(periods.get(step) ?? 0, step * rowCount, 2 * step));
    }
  }
  const steps = [...periods].toSorted(([a], [b]) => a - b);
  if (steps.length < 2) {
    throw new WeirError('invalid', 'the files have archives of one step only: there is nothing to make a ladder of');
  }
  let longest = 0;
  return steps
    .map(([step, period], at) => {
      longest = Math.max(longest, period, reachAbove(steps, at));
      return `${step}s:${longest}s`;
    })
    .join(',');
}

/** The longest window that is computed from this step, and a minute in which points may be late. */
function reachAbove(steps: readonly (readonly [step: number, period: number])[], at: number): number {
  const divides = (finer: number, coarser: number): boolean => coarser % finer === 0;
  const children = steps.slice(at + 1).filter(([step], above) => {
    const between = steps.slice(Math.max(at + 1, 1), at + 1 + above);
    const isNearer = between.some(([finer]) => divides(finer, step));
    return !isNearer && (at === 0 || divides(steps[at][0], step));
  });
  return children.length === 0 ? 0 : Math.max(...children.map(([step]) => step)) + 60;
}
