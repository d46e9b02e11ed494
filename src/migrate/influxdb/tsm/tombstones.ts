// What was deleted from a TSM file since it was written: a file beside it, `N.tombstone`, of keys and spans of time.
//
//     0x1502, then entries                                 each: length u32, key, min i64, max i64 (both included)
//     0x1503, then entries, by gzip                        numbers are big-endian
//     0x1504, then entries, by gzip, several gzip streams one after the other
//     anything else: keys, one a line, deleted as a whole (before InfluxDB 0.13)
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { messageOf } from '../../../base/index.ts';
import { KeyArena, hashKey } from '../../../model/index.ts';
import { damaged, damagedAt } from '../damage.ts';

const VERSION_2 = 0x1502;
const VERSION_3 = 0x1503;
const VERSION_4 = 0x1504;
const HEADER_BYTES = 4;
const LEAST_NS = -(2n ** 63n);
const GREATEST_NS = 2n ** 63n - 1n;
/** A key of the index has a length of two bytes. */
const MAX_KEY_BYTES = 0xffff;
const NEWLINE = 0x0a;

/** Both ends included. */
export interface DeletedSpan {
  readonly minNs: bigint;
  readonly maxNs: bigint;
}

/** The deletions of one file. Millions of keys are common after a DROP MEASUREMENT, so there is no object for each. */
export class Tombstones {
  readonly #keys = new KeyArena();
  /** Key -> its newest link; link -> the one before (-1 = none), and which span it is. */
  readonly #heads: number[] = [];
  readonly #previous: number[] = [];
  readonly #spanOf: number[] = [];
  readonly #spans: DeletedSpan[] = [];

  get count(): number {
    return this.#spanOf.length;
  }

  add(key: Uint8Array, minNs: bigint, maxNs: bigint): void {
    const words = viewOf(key);
    const hash = hashKey(words, 0, key.length);
    let number = this.#keys.find(words, 0, key.length, hash);
    if (number < 0) {
      number = this.#keys.add(words, 0, key.length, hash);
      this.#heads.push(-1);
    }
    // A delete comes as a run of keys with one span.
    const last = this.#spans.at(-1);
    if (last?.minNs !== minNs || last.maxNs !== maxNs) this.#spans.push({ minNs, maxNs });
    this.#previous.push(this.#heads[number]);
    this.#heads[number] = this.#spanOf.length;
    this.#spanOf.push(this.#spans.length - 1);
  }

  /** What was deleted of a key. */
  of(key: Uint8Array): readonly DeletedSpan[] {
    if (this.count === 0) return NO_SPANS;
    const words = viewOf(key);
    const number = this.#keys.find(words, 0, key.length, hashKey(words, 0, key.length));
    if (number < 0) return NO_SPANS;
    const spans: DeletedSpan[] = [];
    for (let link = this.#heads[number]; link >= 0; link = this.#previous[link]) {
      spans.push(this.#spans[this.#spanOf[link]]);
    }
    return spans;
  }
}

const NO_SPANS: readonly DeletedSpan[] = [];

/** Rejects with `corrupt`. A file that is missing or empty deletes nothing. */
export async function readTombstones(path: string): Promise<Tombstones> {
  const tombstones = new Tombstones();
  const version = await readVersion(path);
  if (version === undefined) return tombstones;
  const hasHeader = version === VERSION_2 || version === VERSION_3 || version === VERSION_4;
  const parser = hasHeader ? new EntryParser(tombstones) : new LineParser(tombstones);
  const source = createReadStream(path, { start: hasHeader ? HEADER_BYTES : 0 });
  const parse = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) parser.push(chunk);
    parser.end();
  };
  try {
    if (version === VERSION_3 || version === VERSION_4) await pipeline(source, createGunzip(), parse);
    else await pipeline(source, parse);
  } catch (error) {
    throw damagedAt(path, 0, `${messageOf(error)}, after ${tombstones.count} deletions`);
  }
  return tombstones;
}

async function readVersion(path: string): Promise<number | undefined> {
  let file;
  try {
    file = await open(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    if (bytesRead === 0) return undefined;
    return bytesRead < HEADER_BYTES ? 0 : buffer.readUInt32BE();
  } finally {
    await file.close();
  }
}

class EntryParser {
  readonly #tombstones: Tombstones;
  /** What has come of an entry that goes on in the next chunk. */
  #rest: Buffer = Buffer.alloc(0);

  constructor(tombstones: Tombstones) {
    this.#tombstones = tombstones;
  }

  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (at + 4 <= bytes.length) {
      const length = bytes.readUInt32BE(at);
      if (length > MAX_KEY_BYTES) throw damaged(`a key of ${length} bytes`);
      const keyEnd = at + 4 + length;
      if (keyEnd + 16 > bytes.length) break;
      const key = bytes.subarray(at + 4, keyEnd);
      this.#tombstones.add(key, bytes.readBigInt64BE(keyEnd), bytes.readBigInt64BE(keyEnd + 8));
      at = keyEnd + 16;
    }
    this.#rest = bytes.subarray(at);
  }

  end(): void {
    if (this.#rest.length > 0) throw damaged('it ends within an entry');
  }
}

class LineParser {
  readonly #tombstones: Tombstones;
  #rest: Buffer = Buffer.alloc(0);

  constructor(tombstones: Tombstones) {
    this.#tombstones = tombstones;
  }

  push(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, at)) {
      this.#add(bytes.subarray(at, end));
      at = end + 1;
    }
    this.#rest = bytes.subarray(at);
  }

  end(): void {
    this.#add(this.#rest);
  }

  #add(line: Buffer): void {
    if (line.length > MAX_KEY_BYTES) throw damaged(`a key of ${line.length} bytes`);
    if (line.length > 0) this.#tombstones.add(line, LEAST_NS, GREATEST_NS);
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
