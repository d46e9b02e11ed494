// Growable typed arrays on shared memory. Growth copies into a new buffer, so a holder of the old one keeps a valid,
// merely shorter, past: that is what makes snapshots free.

export function sharedFloats(length: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(8 * length));
}

export function sharedInts(length: number): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * length));
}

export function sharedUints(length: number): Uint32Array {
  return new Uint32Array(new SharedArrayBuffer(4 * length));
}

export function sharedBigInts(length: number): BigInt64Array {
  return new BigInt64Array(new SharedArrayBuffer(8 * length));
}

export function sharedBytes(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}

/** `array` itself when it holds `length` elements, else a copy of at least that and at least double the size. */
export function grown<T extends Float64Array | Int32Array | Uint32Array | BigInt64Array | Uint8Array>(
  array: T,
  length: number,
  make: (length: number) => T,
): T {
  if (length <= array.length) return array;
  const larger = make(Math.max(length, 2 * array.length));
  larger.set(array as never);
  return larger;
}
