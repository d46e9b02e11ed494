// What proves that an object's bytes are the right ones: SHA-256 of the whole, and a CRC-32 of each MiB, which tells where
// they are not.
import { type Hash, createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

export const PIECE_BYTES = 1024 * 1024;

export interface Digest {
  readonly sizeBytes: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
  /** The CRC-32 of each MiB in 8 hexadecimal digits, one after the other. */
  readonly pieces: string;
}

/** Takes an object's bytes in order. */
export class Digester {
  readonly #hash: Hash = createHash('sha256');
  #sizeBytes = 0;
  #pieces = '';
  #crc = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    for (let at = 0; at < bytes.length; ) {
      const left = PIECE_BYTES - (this.#sizeBytes % PIECE_BYTES);
      const part = bytes.subarray(at, at + left);
      this.#crc = crc32(part, this.#crc);
      this.#sizeBytes += part.length;
      at += part.length;
      if (part.length === left) this.#endPiece();
    }
  }

  /** Call it once, at the end. */
  finish(): Digest {
    if (this.#sizeBytes % PIECE_BYTES !== 0) this.#endPiece();
    return { sizeBytes: this.#sizeBytes, sha256: this.#hash.digest('hex'), pieces: this.#pieces };
  }

  #endPiece(): void {
    this.#pieces += this.#crc.toString(16).padStart(8, '0');
    this.#crc = 0;
  }
}

/** Says where bytes differ from what they should be; null when they are the same. */
export function differenceOf(actual: Digest, expected: Digest): string | null {
  for (let at = 0; at < Math.min(actual.pieces.length, expected.pieces.length); at += 8) {
    if (actual.pieces.slice(at, at + 8) === expected.pieces.slice(at, at + 8)) continue;
    const start = (at / 8) * PIECE_BYTES;
    const end = Math.min(start + PIECE_BYTES, actual.sizeBytes, expected.sizeBytes);
    // The last piece of a file that was cut differs as well; then its end is the news.
    if (end - start === PIECE_BYTES || actual.sizeBytes === expected.sizeBytes)
      return `is damaged between byte ${start} and byte ${end}`;
    break;
  }
  if (actual.sizeBytes !== expected.sizeBytes)
    return `ends at byte ${actual.sizeBytes}, it should have ${expected.sizeBytes} bytes`;
  return actual.sha256 === expected.sha256 ? null : 'is damaged (its SHA-256 differs)';
}
