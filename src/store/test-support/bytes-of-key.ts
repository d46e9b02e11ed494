// Bytes that follow from a key: up to 300 KB, and different in every stretch.
import { crc32 } from 'node:zlib';
import { pattern } from './pattern.ts';

export function bytesOfKey(key: string): Uint8Array {
  const seed = crc32(key);
  return pattern(seed % 300_000, seed);
}
