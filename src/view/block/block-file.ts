// Positioned, synchronous reads of a local file.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { WeirError, assert, messageOf } from '../../base/index.ts';

export interface BlockFile {
  /** Names the file in errors. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Exactly `length` bytes, valid until the next read of any file. Throws `corrupt` past the end. */
  read(offset: number, length: number): Uint8Array;
  close(): void;
}

/** Throws `not found` when the file cannot be opened. */
export function fileBlock(path: string): BlockFile {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw new WeirError('not found', `block ${path} cannot be opened: ${messageOf(error)}`, error);
  }
  return new LocalBlockFile(path, fd);
}

/** Room behind what is read, so that unpacking may load whole words. */
const SLACK = 16;

/** One for all files of the thread: hundreds of blocks may be open. Longer reads, of an index, get bytes of their own. */
const scratch = new Uint8Array(256 * 1024);

class LocalBlockFile implements BlockFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly #fd: number;
  #open = true;

  constructor(path: string, fd: number) {
    this.name = path;
    this.#fd = fd;
    this.sizeBytes = fstatSync(fd).size;
  }

  read(offset: number, length: number): Uint8Array {
    assert(this.#open, 'a closed block is not read');
    const bytes = length + SLACK > scratch.length ? new Uint8Array(length + SLACK) : scratch;
    let done = 0;
    while (done < length) {
      const count = readSync(this.#fd, bytes, done, length - done, offset + done);
      if (count === 0) throw new WeirError('corrupt', `block ${this.name} ends at byte ${offset + done}`);
      done += count;
    }
    return bytes.subarray(0, length);
  }

  close(): void {
    if (this.#open) closeSync(this.#fd);
    this.#open = false;
  }
}

/** A block that is in memory. */
export function memoryBlock(bytes: Uint8Array, name = 'memory'): BlockFile {
  return {
    name,
    sizeBytes: bytes.length,
    read(offset, length) {
      if (offset < 0 || offset + length > bytes.length) throw new WeirError('corrupt', `block ${name} is too short`);
      return bytes.subarray(offset, offset + length);
    },
    close() {},
  };
}
