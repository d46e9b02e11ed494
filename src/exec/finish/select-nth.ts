// The k-th smallest of numbers without sorting them all.

/** Reorders values[start .. end) so that the element at `index` is the one that sorting would put there; returns it. */
export function selectNth(values: Float64Array, start: number, end: number, index: number): number {
  let left = start;
  let right = end - 1;
  while (left < right) {
    const pivot = medianOfThree(values[left], values[(left + right) >>> 1], values[right]);
    let i = left;
    let j = right;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i > j) break;
      const swapped = values[i];
      values[i] = values[j];
      values[j] = swapped;
      i++;
      j--;
    }
    // Now [left, j] <= pivot <= [i, right], and what lies between equals it.
    if (index <= j) right = j;
    else if (index >= i) left = i;
    else break;
  }
  return values[index];
}

function medianOfThree(a: number, b: number, c: number): number {
  if (a < b) return b < c ? b : a < c ? c : a;
  return a < c ? a : b < c ? c : b;
}
