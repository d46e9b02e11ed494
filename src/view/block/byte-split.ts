// Parquet's BYTE_STREAM_SPLIT: byte k of all values, then byte k + 1 of all. What zstd wants of floats whose high bytes agree.
//
//     values   a7..a0  b7..b0  c7..c0     →     a0 b0 c0 | a1 b1 c1 | … | a7 b7 c7

/** Splits `count` values of 8 bytes each at from[start ..]. */
export function splitBytes(from: Uint8Array, start: number, out: Uint8Array, to: number, count: number): void {
  for (let byte = 0; byte < 8; byte++) {
    const stream = to + byte * count;
    for (let i = 0, at = start + byte; i < count; i++, at += 8) out[stream + i] = from[at];
  }
}

/** Puts `count` values together again; `out` views them as 32-bit halves, low first. */
export function joinBytes(from: Uint8Array, start: number, out: Int32Array, count: number): void {
  const [s1, s2, s3] = [start + count, start + 2 * count, start + 3 * count];
  const [s4, s5, s6, s7] = [start + 4 * count, start + 5 * count, start + 6 * count, start + 7 * count];
  for (let i = 0; i < count; i++) {
    out[2 * i] = from[start + i] | (from[s1 + i] << 8) | (from[s2 + i] << 16) | (from[s3 + i] << 24);
    out[2 * i + 1] = from[s4 + i] | (from[s5 + i] << 8) | (from[s6 + i] << 16) | (from[s7 + i] << 24);
  }
}
