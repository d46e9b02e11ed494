// Bit packing as Parquet does it: values of a fixed width, the least significant bit first, one after the other.
//
//     width 3:   byte 0          byte 1          byte 2
//                c1c0 bbb aaa    f0 eee ddd c2   hhh ggg f2f1

/**
 * Packs 32-bit patterns `values[start .. start + count)` of `width` (1..32) bits into bytes at `at`. `count` is a multiple of
 * 8. Writes up to 3 bytes past the end: reserve them.
 */
export function packBits(
  bytes: Uint8Array,
  at: number,
  values: Int32Array | Uint8Array,
  start: number,
  count: number,
  width: number,
): void {
  let word = 0;
  let used = 0;
  let to = at;
  for (let i = start; i < start + count; i++) {
    const value = values[i];
    word |= value << used;
    used += width;
    if (used >= 32) {
      bytes[to] = word;
      bytes[to + 1] = word >>> 8;
      bytes[to + 2] = word >>> 16;
      bytes[to + 3] = word >>> 24;
      to += 4;
      used -= 32;
      word = used === 0 ? 0 : value >>> (width - used);
    }
  }
  for (; used > 0; used -= 8, word >>>= 8) bytes[to++] = word;
}

/** The same for exact integers of 33..53 bits, 32 of them. */
export function packLongBits(bytes: Uint8Array, at: number, values: Float64Array, start: number, width: number): void {
  let pending = 0;
  let used = 0;
  let to = at;
  for (let i = start; i < start + 32; i++) {
    // In two halves, so that a half and the bits still pending stay exact together.
    const high = Math.floor(values[i] / 0x1000000);
    for (let half = 0; half < 2; half++) {
      pending += (half === 0 ? values[i] - high * 0x1000000 : high) * 2 ** used;
      used += half === 0 ? 24 : width - 24;
      for (; used >= 8; used -= 8) {
        bytes[to++] = pending % 256;
        pending = Math.floor(pending / 256);
      }
    }
  }
}

/** Unpacks `count` (a multiple of 8) values of 1..24 bits at byte `at`. The view must have 4 bytes of slack. */
export function unpackBits(
  view: DataView,
  at: number,
  width: number,
  count: number,
  out: Int32Array,
  start: number,
): void {
  const mask = (1 << width) - 1;
  const [at1, at2, at3, at4] = [width >> 3, (2 * width) >> 3, (3 * width) >> 3, (4 * width) >> 3];
  const [at5, at6, at7] = [(5 * width) >> 3, (6 * width) >> 3, (7 * width) >> 3];
  const [shift1, shift2, shift3] = [width & 7, (2 * width) & 7, (3 * width) & 7];
  const [shift4, shift5, shift6, shift7] = [(4 * width) & 7, (5 * width) & 7, (6 * width) & 7, (7 * width) & 7];
  let from = at;
  for (let i = start; i < start + count; i += 8, from += width) {
    out[i] = view.getInt32(from, true) & mask;
    out[i + 1] = (view.getInt32(from + at1, true) >>> shift1) & mask;
    out[i + 2] = (view.getInt32(from + at2, true) >>> shift2) & mask;
    out[i + 3] = (view.getInt32(from + at3, true) >>> shift3) & mask;
    out[i + 4] = (view.getInt32(from + at4, true) >>> shift4) & mask;
    out[i + 5] = (view.getInt32(from + at5, true) >>> shift5) & mask;
    out[i + 6] = (view.getInt32(from + at6, true) >>> shift6) & mask;
    out[i + 7] = (view.getInt32(from + at7, true) >>> shift7) & mask;
  }
}
