// Where pages break. All columns of a row group break at the same rows, so that a reader opens the same page of each.
//
//     rows     ├── series 4 ──┼─ 9 ─┼── 12 ──┼─────────── series 15 ────────────┤
//     pages    ├────── page 0 ───────────────┼────── page 1 ──────┼── page 2 ────┤

/** A page is closed at the end of a series once it has so many rows. */
const ENOUGH_ROWS = 2048;
/** What a page of a long series has. */
const AIM_ROWS = 4096;
/** No page has more. */
export const MAX_PAGE_ROWS = 8192;

/**
 * Rows at which pages begin, and the end. `maxRows` may be lower than MAX_PAGE_ROWS where rows are long; no page spans
 * `maxSpan` or more in time.
 */
export function layoutPages(
  runStarts: Uint32Array,
  runCount: number,
  times: Float64Array,
  maxRows: number,
  maxSpan: number,
): Uint32Array {
  const starts = [0];
  const [enough, aim] = [Math.min(ENOUGH_ROWS, maxRows), Math.min(AIM_ROWS, maxRows)];
  const most = Math.min(1.5 * aim, maxRows);
  let start = 0;
  const close = (row: number): void => {
    if (row === start) return;
    closeWithin(starts, times, start, row, maxSpan);
    start = row;
  };
  for (let run = 0; run < runCount; run++) {
    const end = runStarts[run + 1];
    if (end - start > most && runStarts[run] - start >= enough / 2) close(runStarts[run]);
    while (end - start > most) close(start + aim);
    if (end - start >= enough) close(end);
  }
  close(runStarts[runCount]);
  return Uint32Array.from(starts);
}

/** Closes the page [start, end), in pieces if it spans too much time. */
function closeWithin(starts: number[], times: Float64Array, start: number, end: number, maxSpan: number): void {
  let least = times[start];
  let greatest = least;
  for (let row = start + 1; row < end; row++) {
    const time = times[row];
    const nextLeast = time < least ? time : least;
    const nextGreatest = time > greatest ? time : greatest;
    if (nextGreatest - nextLeast >= maxSpan) {
      starts.push(row);
      least = greatest = time;
    } else {
      least = nextLeast;
      greatest = nextGreatest;
    }
  }
  starts.push(end);
}
