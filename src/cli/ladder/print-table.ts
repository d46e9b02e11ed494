// Rows of an answer as a table for people: columns as wide as what stands in them, numbers to the right.

export type Row = Readonly<Record<string, unknown>>;

/** The columns are those of the first row. Without rows it is empty. */
export function printTable(rows: readonly Row[]): string {
  const [first] = rows;
  if (first === undefined) return '';
  const names = Object.keys(first).filter((name) => rows.some((row) => textOf(row[name]) !== ''));
  const cells = [names, ...rows.map((row) => names.map((name) => textOf(row[name])))];
  const widths = names.map((_, column) => Math.max(...cells.map((line) => [...line[column]].length)));
  const isNumber = names.map((name) => rows.every((row) => row[name] === null || typeof row[name] === 'number'));
  return cells
    .map((line) =>
      line
        .map((text, column) => {
          const blanks = ' '.repeat(widths[column] - [...text].length);
          return isNumber[column] ? blanks + text : text + blanks;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';

  // What the server sends may not move the cursor.
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replace(/[\p{Cc}\p{Cf}]/gu, ' ');
}
