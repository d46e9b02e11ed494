// Test support: answers as text that is easy to write down.
//
//     [cpu host=a] time value        a series: name and tags in brackets (empty without name), then its columns
//     0 1.5                          a row; `-` = null; strings with spaces, empty or like `-` are in double quotes, lists in brackets
//     []                             a series without columns
//     warning: …                     a message
//     error: …                       the statement failed, possibly after some rows
//     (nothing)                      none of these
//
// Results of a query with several statements stand below `statement 0`, `statement 1`, …
import { messageOf } from '../../base/index.ts';
import type { Cell, ResultBatch, ResultColumn, SeriesHeader, StatementResult } from '../result.ts';

export async function printResults(results: AsyncIterable<StatementResult>): Promise<string> {
  const printed: { readonly id: number; readonly lines: readonly string[] }[] = [];
  for await (const result of results) printed.push({ id: result.statementId, lines: await printResult(result) });
  const several = printed.length > 1;
  return printed.flatMap(({ id, lines }) => (several ? [`statement ${id}`, ...lines] : lines)).join('\n');
}

async function printResult(result: StatementResult): Promise<readonly string[]> {
  const lines = result.messages.map((message) => `${message.level}: ${message.text}`);
  if (result.error !== null) lines.push(`error: ${result.error}`);
  let series: SeriesHeader | undefined;
  try {
    for await (const batch of result.batches) {
      if (batch.series !== series) lines.push(printHeader(batch.series));
      series = batch.series;
      lines.push(...printRows(batch));
    }
  } catch (error) {
    lines.push(`error: ${messageOf(error)}`);
  }
  return lines.length === 0 ? ['(nothing)'] : lines;
}

function printHeader({ name, tags, columns }: SeriesHeader): string {
  const labels = [...(name === '' ? [] : [name]), ...(tags ?? []).map(([key, value]) => `${key}=${value}`)];
  return [`[${labels.join(' ')}]`, ...columns].join(' ');
}

function printRows(batch: ResultBatch): string[] {
  return Array.from({ length: batch.rowCount }, (_, row) =>
    batch.columns.map((column) => printCell(cellAt(column, row))).join(' '),
  );
}

function cellAt(column: ResultColumn, row: number): Cell {
  if (column.kind === 'times') return column.baseNs + BigInt(column.offsets[row]);
  if (column.kind === 'cells') return column.values[row];
  if (column.valid !== null && column.valid[row] === 0) return null;
  return column.kind === 'booleans' ? column.values[row] === 1 : column.values[row];
}

function printCell(cell: Cell): string {
  if (cell === null) return '-';
  if (typeof cell !== 'string') return Array.isArray(cell) ? `[${cell.join(' ')}]` : String(cell);
  return /^$|^-$|[\s"]/.test(cell) ? JSON.stringify(cell) : cell;
}
