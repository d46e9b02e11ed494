// zstd by node:zlib. Every call costs about 20 µs whatever its size, so small or dense pages are left as they are.
import { constants, crc32 as zlibCrc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { WeirError, messageOf } from '../../base/index.ts';

const EFFORTS = {
  fast: { params: { [constants.ZSTD_c_compressionLevel]: 1 } },
  /** A tenth less of lists such as sketches; numbers gain nothing. */
  slow: { params: { [constants.ZSTD_c_compressionLevel]: 9 } },
} as const;

export type Effort = keyof typeof EFFORTS;

export function compress(bytes: Uint8Array, effort: Effort = 'fast'): Uint8Array {
  return zstdCompressSync(bytes, EFFORTS[effort]);
}

/** The compressed bytes, or undefined when they would be longer than `worth` × the original. */
export function compressIfWorth(bytes: Uint8Array, worth: number, effort: Effort = 'fast'): Uint8Array | undefined {
  if (bytes.length < 64) return undefined;
  const packed = compress(bytes, effort);
  return packed.length <= worth * bytes.length ? packed : undefined;
}

/** Throws `corrupt` unless exactly `length` bytes come out. */
export function decompress(bytes: Uint8Array, length: number): Uint8Array {
  let out: Uint8Array;
  try {
    // Room for all of it at once, and to spare: node would go round again to see whether more comes.
    out = zstdDecompressSync(bytes, { chunkSize: length + 64, maxOutputLength: length + 64 });
  } catch (error) {
    throw new WeirError('corrupt', `zstd: ${messageOf(error)}`, error);
  }
  if (out.length !== length) throw new WeirError('corrupt', `zstd: expected ${length} bytes, got ${out.length}`);
  return out;
}

/** CRC-32 as an unsigned number: the checksum of Parquet's page headers and of the index. */
export function crc32(bytes: Uint8Array): number {
  return zlibCrc32(bytes);
}
