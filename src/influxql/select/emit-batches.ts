// From rows to the batches of an answer: a time column in front, no more than BATCH_ROWS rows each, NaN as no value.
import { utcOffsetSeconds } from '../../model/index.ts';
import type { ResultBatch, ResultColumn, SeriesHeader, UtcOffset } from '../result.ts';
import { BATCH_ROWS, type Column, type Group, type GroupRows, type Rows, isWide, sliceRows } from './rows.ts';

export interface AnswerShape {
  /** Names of all columns, time first. */
  readonly columns: readonly string[];
  /** Tags of GROUP BY, ascending; null = series have none. */
  readonly dimensions: readonly string[] | null;
  /** Empty = times print as `Z`. */
  readonly timeZone: string;
}

export async function* toBatches(rows: AsyncIterable<GroupRows>, shape: AnswerShape): AsyncGenerator<ResultBatch> {
  const utcOffsets = utcOffsetsOf(shape.timeZone);
  let last: Group | undefined;
  let series: SeriesHeader | undefined;
  for await (const { group, rows: all } of rows) {
    if (group !== last || series === undefined) {
      last = group;
      series = headerOf(group, shape);
    }
    for (let from = 0; from < all.rowCount; from += BATCH_ROWS) {
      const part = sliceRows(all, from, Math.min(all.rowCount, from + BATCH_ROWS));
      yield { series, rowCount: part.rowCount, columns: resultColumns(part, utcOffsets) };
    }
  }
}

function headerOf(group: Group, { columns, dimensions }: AnswerShape): SeriesHeader {
  const tags = dimensions === null ? null : dimensions.map((key, index) => [key, group.tags[index]] as const);
  return { name: group.name, tags, columns };
}

function utcOffsetsOf(timeZone: string): UtcOffset | undefined {
  return timeZone === '' || timeZone === 'UTC' ? undefined : (timeNs) => utcOffsetSeconds(timeZone, timeNs);
}

function resultColumns(rows: Rows, utcOffsets: UtcOffset | undefined): ResultColumn[] {
  const times: ResultColumn = {
    kind: 'times',
    baseNs: rows.baseNs,
    offsets: rows.times,
    ...(utcOffsets === undefined ? {} : { utcOffsets }),
  };
  return [times, ...rows.columns.map((column) => resultColumn(column, rows.rowCount))];
}

function resultColumn(column: Column | null, rowCount: number): ResultColumn {
  if (column === null) return { kind: 'numbers', values: new Float64Array(rowCount), valid: new Uint8Array(rowCount) };
  const { type, values, valid } = column;
  if (type === 'string') return { kind: 'strings', values: values as readonly string[], valid };
  if (isWide(values)) return { kind: 'integers', values, valid };
  const numbers = values as Float64Array;
  if (type === 'boolean') return { kind: 'booleans', values: numbers, valid };
  return { kind: 'numbers', values: numbers, valid: type === 'float' ? withoutNaN(numbers, valid, rowCount) : valid };
}

function withoutNaN(values: Float64Array, valid: Uint8Array | null, rowCount: number): Uint8Array | null {
  let at = 0;
  while (at < rowCount && !Number.isNaN(values[at])) at++;
  if (at === rowCount) return valid;
  const out = valid === null ? new Uint8Array(rowCount).fill(1) : valid.slice(0, rowCount);
  for (; at < rowCount; at++) if (Number.isNaN(values[at])) out[at] = 0;
  return out;
}
