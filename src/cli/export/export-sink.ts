// Where an export goes: a file, which has its name only once it is whole, or standard output; packed or not.
import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { WeirError, messageOf } from '../../base/index.ts';
import { streamOutput } from '../influx/text-output.ts';

const BUFFER_BYTES = 1024 * 1024;

export class ExportSink {
  /** Null = standard output. */
  readonly #path: string | null;
  readonly #target: Writable;
  /** What is written to: the target, or what packs it. */
  readonly #stream: Writable;
  readonly #done: Promise<void>;
  #fault: Error | null = null;

  private constructor(path: string | null, target: Writable, compress: boolean) {
    this.#path = path;
    this.#target = target;
    const packer = compress ? createGzip({ level: 6 }) : null;
    packer?.pipe(target, { end: path !== null });
    this.#stream = packer ?? target;
    const onFault = (error: Error): void => {
      this.#fault ??= error;
      // Wakes whoever waits for room.
      this.#stream.destroy();
    };
    target.on('error', onFault);
    this.#done = path === null ? Promise.resolve() : finished(target);
    this.#done.catch(onFault);
  }

  /** `-` = `stdout`. Rejects with `unavailable` when the file cannot be made. */
  static async open(path: string, compress: boolean, stdout: Writable): Promise<ExportSink> {
    if (path === '-') return new ExportSink(null, stdout, compress);
    try {
      const file = await open(draftOf(path), 'w', 0o600);
      return new ExportSink(path, createWriteStream('', { fd: file, highWaterMark: BUFFER_BYTES }), compress);
    } catch (error) {
      throw new WeirError('unavailable', `cannot write ${path}: ${messageOf(error)}`, error);
    }
  }

  /** Resolves once there is room for more. Rejects with `unavailable` when what was written did not go through. */
  async write(text: string): Promise<void> {
    if (this.#fault === null) await streamOutput(this.#stream).write(text);
    if (this.#fault !== null) throw this.#failure(this.#fault);
  }

  /** Resolves once all is on the disk, under the name that was asked for. */
  async finish(): Promise<void> {
    try {
      if (this.#path === null) return await endOf(this.#stream, this.#target);
      this.#stream.end();
      await this.#done;
      await syncFile(draftOf(this.#path));
      await rename(draftOf(this.#path), this.#path);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** Leaves nothing of a file that is not whole. */
  async abandon(): Promise<void> {
    if (this.#path === null) return;
    this.#stream.destroy();
    this.#target.destroy();
    await rm(draftOf(this.#path), { force: true });
  }

  #failure(error: unknown): WeirError {
    return new WeirError(
      'unavailable',
      `cannot write ${this.#path ?? 'to standard output'}: ${messageOf(error)}`,
      error,
    );
  }
}

/** Standard output stays open; what packs it ends. */
async function endOf(stream: Writable, target: Writable): Promise<void> {
  if (stream === target) return;
  stream.end();
  await finished(stream);
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function draftOf(path: string): string {
  return `${path}.part`;
}
