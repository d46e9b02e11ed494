// Series keys on their way to the store and back: the part of a bucket's series table that is new since the last commit.
//
//     segment = zstd( count × (length: u32 LE, key bytes) )
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { WeirError } from '../base/index.ts';
import type { SeriesTable } from '../model/index.ts';

export function encodeSeriesSegment(table: SeriesTable, firstId: number, endId: number): Uint8Array {
  const { arena, offsets } = table.shared();
  const size = offsets[endId] - offsets[firstId] + 4 * (endId - firstId);
  const bytes = Buffer.alloc(size);
  let at = 0;
  for (let id = firstId; id < endId; id++) {
    const length = offsets[id + 1] - offsets[id];
    at = bytes.writeUInt32LE(length, at);
    bytes.set(arena.subarray(offsets[id], offsets[id + 1]), at);
    at += length;
  }
  return zstdCompressSync(bytes);
}

/** Adds the segment's keys to the table; `key` names the segment in errors. */
export function loadSeriesSegment(table: SeriesTable, bytes: Uint8Array, count: number, key: string): void {
  let plain: Buffer;
  try {
    plain = zstdDecompressSync(bytes);
  } catch (error) {
    throw new WeirError('corrupt', `series segment ${key} cannot be decompressed`, error);
  }
  let at = 0;
  for (let index = 0; index < count; index++) {
    const length = at + 4 <= plain.length ? plain.readUInt32LE(at) : Infinity;
    if (at + 4 + length > plain.length) {
      throw new WeirError('corrupt', `series segment ${key} ends at byte ${at}, before its key ${index} of ${count}`);
    }
    table.intern(plain, at + 4, at + 4 + length);
    at += 4 + length;
  }
}
