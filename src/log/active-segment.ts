// The segment that is being written. What is durable of it is known here, and nowhere else.
import { join } from 'node:path';
import { SEGMENT_HEADER_BYTES } from './frame.ts';
import type { LogFiles } from './log-files.ts';
import type { Seq } from './log.ts';
import { type Segment, createSegment, segmentName, writeAll } from './segment-file.ts';

export class ActiveSegment {
  readonly #files: LogFiles;
  readonly #file: number;
  readonly path: string;
  readonly run: number;
  readonly firstSeq: Seq;
  #lastSeq: Seq;
  #endBytes: number;
  #isTrusted = true;

  private constructor(files: LogFiles, file: number, path: string, run: number, firstSeq: Seq) {
    this.#files = files;
    this.#file = file;
    this.path = path;
    this.run = run;
    this.firstSeq = firstSeq;
    this.#lastSeq = firstSeq - 1;
    this.#endBytes = SEGMENT_HEADER_BYTES;
  }

  /** See `createSegment`. */
  static async create(
    files: LogFiles,
    directory: string,
    run: number,
    firstSeq: Seq,
    lostThrough?: Seq,
  ): Promise<ActiveSegment> {
    const { file, endBytes } = await createSegment(files, directory, firstSeq, run, lostThrough);
    const segment = new ActiveSegment(files, file, join(directory, segmentName(firstSeq)), run, firstSeq);
    segment.#endBytes = endBytes;
    segment.#lastSeq = lostThrough ?? firstSeq - 1;
    return segment;
  }

  /** The last change that was committed, and where it ends. */
  get lastSeq(): Seq {
    return this.#lastSeq;
  }

  get endBytes(): number {
    return this.#endBytes;
  }

  get isEmpty(): boolean {
    return this.#lastSeq < this.firstSeq;
  }

  /** Writes behind what is committed. After a failure part of it may stand there. */
  write(bytes: Uint8Array): Promise<void> {
    return writeAll(this.#files, this.#file, bytes, this.#endBytes);
  }

  async sync(): Promise<void> {
    try {
      await this.#files.sync(this.#file);
    } catch (error) {
      this.#isTrusted = false;
      throw error;
    }
  }

  /** False once a sync has failed: the kernel may have dropped what it could not write, and later syncs will not tell. */
  get isTrusted(): boolean {
    return this.#isTrusted;
  }

  /** What was written is committed: so many bytes, up to this change. */
  commit(bytes: number, lastSeq: Seq): void {
    this.#endBytes += bytes;
    this.#lastSeq = lastSeq;
  }

  /** Durably removes what stands behind the last commit. */
  async cutBack(): Promise<void> {
    await this.#files.truncate(this.#file, this.#endBytes);
    await this.sync();
  }

  snapshot(): Segment {
    const { path, run, firstSeq, lastSeq, endBytes } = this;
    return { path, run, firstSeq, lastSeq, endBytes };
  }

  async close(): Promise<void> {
    await this.#files.close(this.#file);
  }
}
