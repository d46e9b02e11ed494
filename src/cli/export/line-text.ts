// One series of an answer as line protocol, with every value as exact as it came.
//
//     measurement,key=value field=1.5,count=3i,name="text",on=true 1500000000000000000
import { WeirError } from '../../base/index.ts';
import { type AnswerSeries, cellText } from '../influx/answer.ts';
import type { LineType } from './server-schema.ts';

export interface SeriesLines {
  /** Each ends with a line break. */
  readonly text: string;
  readonly count: number;
}

/** `typeOf` tells the type of a column's field. Throws `invalid` for a cell that is not of the type. */
export function seriesLines(series: AnswerSeries, typeOf: (field: string) => LineType): SeriesLines {
  const key = [escapeMeasurement(series.name), ...series.tags.filter(([, value]) => value !== '').map(tagText)].join(
    ',',
  );
  const timeColumn = series.columns.indexOf('time');
  const writers = series.columns.map((name) => (name === 'time' ? null : fieldWriter(name, typeOf(name))));
  const lines: string[] = [];
  for (const row of series.rows) {
    const fields: string[] = [];
    for (const [column, write] of writers.entries()) {
      if (write !== null && row[column] !== 'null') fields.push(write(row[column]));
    }
    if (fields.length > 0) lines.push(`${key} ${fields.join(',')} ${row[timeColumn]}\n`);
  }
  return { text: lines.join(''), count: lines.length };
}

function fieldWriter(name: string, type: LineType): (cell: string) => string {
  const head = `${escapeKey(name)}=`;
  const number = (suffix: string) => (cell: string) => {
    if (!/^-?\d/.test(cell)) throw wrongCell(name, type, cell);
    return `${head}${cell}${suffix}`;
  };
  switch (type) {
    case 'float':
      return number('');
    case 'integer':
      return number('i');
    case 'unsigned':
      return number('u');
    case 'boolean':
      return (cell) => {
        if (cell !== 'true' && cell !== 'false') throw wrongCell(name, type, cell);
        return head + cell;
      };
    case 'string':
      return (cell) => {
        if (!cell.startsWith('"')) throw wrongCell(name, type, cell);
        return `${head}"${cellText(cell).replace(/["\\]/g, '\\$&')}"`;
      };
  }
}

function wrongCell(field: string, type: LineType, cell: string): WeirError {
  return new WeirError(
    'invalid',
    `field ${field} should be of type ${type}, but the server answers ${cell.slice(0, 40)}`,
  );
}

function tagText([key, value]: readonly [key: string, value: string]): string {
  return `${escapeKey(key)}=${escapeKey(value)}`;
}

function escapeMeasurement(text: string): string {
  return text.replace(/[, ]/g, '\\$&');
}

function escapeKey(text: string): string {
  return text.replace(/[,= ]/g, '\\$&');
}
