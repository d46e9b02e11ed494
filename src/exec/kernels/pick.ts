// Loops that find one row of a run: the first, the last, the least, the greatest. Among equal values the earliest row wins.
// Each returns a row, or -1 when no row of [start, end) is valid.

export function firstValid(valid: Uint8Array | null, start: number, end: number): number {
  if (valid === null) return start < end ? start : -1;
  for (let row = start; row < end; row++) if (valid[row] !== 0) return row;
  return -1;
}

export function lastValid(valid: Uint8Array | null, start: number, end: number): number {
  if (valid === null) return end > start ? end - 1 : -1;
  for (let row = end - 1; row >= start; row--) if (valid[row] !== 0) return row;
  return -1;
}

export function minRow(values: Float64Array, valid: Uint8Array | null, start: number, end: number): number {
  let best = firstValid(valid, start, end);
  if (best < 0) return -1;
  let least = values[best];
  if (valid === null) {
    for (let row = best + 1; row < end; row++) {
      if (values[row] < least) {
        least = values[row];
        best = row;
      }
    }
    return best;
  }
  for (let row = best + 1; row < end; row++) {
    if (valid[row] !== 0 && values[row] < least) {
      least = values[row];
      best = row;
    }
  }
  return best;
}

export function maxRow(values: Float64Array, valid: Uint8Array | null, start: number, end: number): number {
  let best = firstValid(valid, start, end);
  if (best < 0) return -1;
  let greatest = values[best];
  if (valid === null) {
    for (let row = best + 1; row < end; row++) {
      if (values[row] > greatest) {
        greatest = values[row];
        best = row;
      }
    }
    return best;
  }
  for (let row = best + 1; row < end; row++) {
    if (valid[row] !== 0 && values[row] > greatest) {
      greatest = values[row];
      best = row;
    }
  }
  return best;
}

export function minRowWide(
  values: BigInt64Array | BigUint64Array,
  valid: Uint8Array | null,
  start: number,
  end: number,
): number {
  let best = firstValid(valid, start, end);
  if (best < 0) return -1;
  for (let row = best + 1; row < end; row++) {
    if ((valid === null || valid[row] !== 0) && values[row] < values[best]) best = row;
  }
  return best;
}

export function maxRowWide(
  values: BigInt64Array | BigUint64Array,
  valid: Uint8Array | null,
  start: number,
  end: number,
): number {
  let best = firstValid(valid, start, end);
  if (best < 0) return -1;
  for (let row = best + 1; row < end; row++) {
    if ((valid === null || valid[row] !== 0) && values[row] > values[best]) best = row;
  }
  return best;
}
