// A table of text, for the terminal and for Markdown.

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  /** So many columns are set left, the others right; default 1. */
  readonly leftCount?: number;
  readonly rows: readonly (readonly string[])[];
  readonly notes: readonly string[];
}

export function terminalTable(table: Table): string {
  const widths = table.columns.map((column, at) => Math.max(column.length, ...table.rows.map((row) => row[at].length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => (at < (table.leftCount ?? 1) ? cell.padEnd(widths[at]) : cell.padStart(widths[at])))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  const notes = table.notes.map((note) => `  ${note}\n`).join('');
  return `\n${table.title}\n${[line(table.columns), rule, ...table.rows.map(line)].join('\n')}\n${notes}`;
}

export function markdownTable(table: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = line(table.columns.map((_, at) => (at < (table.leftCount ?? 1) ? '---' : '---:')));
  const notes = table.notes.map((note) => `- ${note}\n`).join('');
  const text = [line(table.columns), rule, ...table.rows.map(line)].join('\n');
  return `## ${table.title}\n\n${text}\n${notes === '' ? '' : `\n${notes}`}`;
}
