// The archives of an RRD as Weir sees them: those of one step, AVERAGE, MIN, MAX and LAST, are columns of the same windows.
//
// A row of an RRD is named by its end, and its last one ends at the last update, rounded down to its step.
import type { Archive, ArchivedField } from '../archives/archive-file.ts';

export interface RrdArchive {
  readonly consolidation: string;
  readonly step: number;
  /** One array for each data source, oldest row first. */
  readonly columns: readonly Float64Array[];
}

/** Others, such as those of forecasts, hold no windows. */
const CONSOLIDATIONS: readonly string[] = ['AVERAGE', 'MIN', 'MAX', 'LAST'];

export function fieldsOfRrd(
  names: readonly string[],
  lastUpdate: number,
  archives: readonly RrdArchive[],
): ArchivedField[] {
  const usable = archives.filter(({ consolidation }) => CONSOLIDATIONS.includes(consolidation));
  const steps = [...new Set(usable.map(({ step }) => step))].toSorted((a, b) => a - b);
  return names.map((name, source) => ({
    name,
    archives: steps.map((step) =>
      joined(
        step,
        source,
        lastUpdate,
        usable.filter((archive) => archive.step === step),
      ),
    ),
  }));
}

function joined(step: number, source: number, lastUpdate: number, archives: readonly RrdArchive[]): Archive {
  const rowCount = Math.max(...archives.map(({ columns }) => columns[source].length));
  const newestStart = lastUpdate - (lastUpdate % step) - step;
  const column = (consolidation: string, row: number): number => {
    const values = archives.find((archive) => archive.consolidation === consolidation)?.columns[source];
    // Archives of one step may have different numbers of rows; all end together.
    return values?.[row - (rowCount - values.length)] ?? NaN;
  };
  const rows: number[] = [];
  for (let row = 0; row < rowCount; row++) {
    const isKnown = CONSOLIDATIONS.some((each) => Number.isFinite(column(each, row)));
    if (isKnown && newestStart - (rowCount - 1 - row) * step >= 0) rows.push(row);
  }
  const of = (consolidation: string): Float64Array => Float64Array.from(rows, (row) => column(consolidation, row));
  const [averages, minima, maxima, lasts] = CONSOLIDATIONS.map(of);
  return {
    step,
    rowCount,
    starts: Float64Array.from(rows, (row) => newestStart - (rowCount - 1 - row) * step),
    // Without averages the nearest that there is.
    values: averages.map(
      (value, at) => [value, lasts[at], maxima[at], minima[at]].find((each) => Number.isFinite(each)) ?? NaN,
    ),
    minima,
    maxima,
    lasts,
  };
}
