// Answers of different systems in one form, so that they can be compared.
//
//     row = [tags of the group…, time in milliseconds, values…]       sorted; integers are exact, floats nearly so

export type Cell = string | number | null;
export type Row = readonly Cell[];

/** Sums of floats differ with their order. */
const RELATIVE_TOLERANCE = 1e-9;

/** undefined when both hold the same rows, in whatever order; otherwise the first difference as a sentence. */
export function firstDifference(expected: readonly Row[], actual: readonly Row[]): string | undefined {
  const [left, right] = [expected.toSorted(compareRows), actual.toSorted(compareRows)];
  const end = Math.max(left.length, right.length);
  let at = 0;
  while (at < end && sameRow(left[at], right[at])) at++;
  if (at === end) return undefined;
  const counts = left.length === right.length ? '' : `${left.length} rows against ${right.length}; `;
  return `${counts}row ${at}: ${JSON.stringify(left[at])} against ${JSON.stringify(right[at])}`;
}

function sameRow(left: Row | undefined, right: Row | undefined): boolean {
  if (left === undefined || right === undefined) return false;
  return left.length === right.length && left.every((cell, index) => sameCell(cell, right[index]));
}

function sameCell(left: Cell, right: Cell): boolean {
  if (typeof left !== 'number' || typeof right !== 'number') return left === right;
  return Math.abs(left - right) <= RELATIVE_TOLERANCE * Math.max(Math.abs(left), Math.abs(right));
}

/** By the cells in turn: null, numbers, strings. Groups and times differ between rows, so that floats hardly ever decide. */
function compareRows(left: Row, right: Row): number {
  for (let index = 0; index < left.length; index++) {
    const [a, b] = [left[index], right[index]];
    if (a === b) continue;
    if (typeof a !== typeof b) return rank(a) - rank(b);
    return (a as string | number) < (b as string | number) ? -1 : 1;
  }
  return 0;
}

function rank(cell: Cell | undefined): number {
  if (typeof cell === 'string') return 2;
  return typeof cell === 'number' ? 1 : 0;
}
