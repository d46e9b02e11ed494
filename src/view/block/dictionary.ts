// Finds the distinct values of a column: an open-addressing hash table over bits (numbers) or bytes (strings).
import type { StringColumn } from '../../model/index.ts';

/** An index fits 16 bits: packed indices stay short and decoding never needs wide words. */
export const MAX_DICTIONARY = 32768;
const SLOTS = 2 * MAX_DICTIONARY;

const slots = new Int32Array(SLOTS);

/**
 * Writes for each of `count` 64-bit patterns (pairs of 32, low first) its index among the distinct ones into `indices`, and
 * the patterns themselves into `entries`. Returns how many there are, or -1 as soon as a dictionary cannot pay: over
 * `limit` entries, or most of the first values being different.
 */
export function indexNumbers(
  bits: Int32Array,
  count: number,
  indices: Int32Array,
  entries: Int32Array,
  limit: number,
): number {
  slots.fill(0);
  let size = 0;
  for (let i = 0; i < count; i++) {
    const low = bits[2 * i];
    const high = bits[2 * i + 1];
    let slot = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b) >>> 16;
    for (;;) {
      const entry = slots[slot] - 1;
      if (entry < 0) {
        if (size === limit || (i > 4096 && size > 0.75 * i)) return -1;
        entries[2 * size] = low;
        entries[2 * size + 1] = high;
        slots[slot] = ++size;
        indices[i] = size - 1;
        break;
      }
      if (entries[2 * entry] === low && entries[2 * entry + 1] === high) {
        indices[i] = entry;
        break;
      }
      slot = (slot + 1) & (SLOTS - 1);
    }
  }
  return size;
}

const hashes = new Int32Array(MAX_DICTIONARY);

/**
 * The same for strings: `rows` lists the rows that have a value, `entries` receives the row where each distinct string
 * was first seen.
 */
export function indexStrings(
  strings: StringColumn,
  rows: Uint32Array,
  count: number,
  indices: Int32Array,
  entries: Int32Array,
  limit: number,
): number {
  const { text, starts, ends } = strings;
  slots.fill(0);
  let size = 0;
  for (let i = 0; i < count; i++) {
    const row = rows[i];
    const start = starts[row];
    const end = ends[row];
    const hash = hashText(text, start, end);
    let slot = hash >>> 16;
    for (;;) {
      const entry = slots[slot] - 1;
      if (entry < 0) {
        if (size === limit || (i > 4096 && size > 0.75 * i)) return -1;
        entries[size] = row;
        hashes[size] = hash;
        slots[slot] = ++size;
        indices[i] = size - 1;
        break;
      }
      if (hashes[entry] === hash && sameText(text, starts[entries[entry]], ends[entries[entry]], start, end)) {
        indices[i] = entry;
        break;
      }
      slot = (slot + 1) & (SLOTS - 1);
    }
  }
  return size;
}

function hashText(text: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ text[at], 0x01000193);
  return Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
}

function sameText(text: Uint8Array, aStart: number, aEnd: number, start: number, end: number): boolean {
  if (aEnd - aStart !== end - start) return false;
  for (let a = aStart, b = start; b < end; a++, b++) if (text[a] !== text[b]) return false;
  return true;
}

/** Bits of an index into a dictionary; at least 1, as not every reader takes 0. */
export function indexWidth(size: number): number {
  return Math.max(1, 32 - Math.clz32(size - 1));
}
