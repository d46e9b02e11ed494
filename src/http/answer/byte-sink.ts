// Collects an answer's bytes in pieces of 64 KiB and hands each full piece to the socket, so that an answer of any length
// costs a few pieces of memory. Encoders write synchronously into `bytes` at `at`; between runs of rows the caller awaits
// `drained()`, which is where a slow reader holds the query back.
//
//     encoder ──► bytes[0 .. at) ──full──► target.write ──► socket
//                                             │ false
//                                             └─► drained() waits for 'drain'
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { WeirError } from '../../base/index.ts';
import { ByteBuffer } from './byte-buffer.ts';

const PIECE_BYTES = 64 * 1024;
const SPARE_PIECES = 4;

/** Where pieces go: an HTTP response, or a gzip stream before it. Asked for once, when the first piece leaves. */
export type OpenTarget = () => Writable;

export class ByteSink extends ByteBuffer {
  readonly #openTarget: OpenTarget;
  #target: Writable | null = null;
  #sentBytes = 0;
  #full = false;
  readonly #spare: Buffer[] = [];

  constructor(openTarget: OpenTarget) {
    super(PIECE_BYTES);
    this.#openTarget = openTarget;
  }

  override reserve(count: number): void {
    if (this.at + count > this.bytes.length) this.#turn(count);
  }

  /** Position of the next byte in the whole answer. */
  get offset(): number {
    return this.#sentBytes + this.at;
  }

  /** Takes back everything from `offset` on; false when some of it has left already. */
  rewind(offset: number): boolean {
    if (offset < this.#sentBytes) return false;
    this.at = offset - this.#sentBytes;
    return true;
  }

  /** Sends what there is now. */
  flush(): void {
    if (this.at > 0) this.#turn(0);
  }

  /** The reader is behind: await `drained()` before writing on. */
  get full(): boolean {
    return this.#full;
  }

  /** The reader has left. */
  get closed(): boolean {
    return this.#target?.destroyed ?? false;
  }

  /** Resolves once the reader has caught up; rejects with `canceled` when it leaves, or with the signal's reason. */
  async drained(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const target = this.#target;
    if (target === null || !this.#full) return;
    await new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        target.off('drain', settle);
        target.off('close', settle);
        signal.removeEventListener('abort', settle);
        if (signal.aborted) reject(signal.reason as Error);
        else if (target.destroyed) reject(new WeirError('canceled', 'the client closed the connection'));
        else resolve();
      };
      target.on('drain', settle);
      target.on('close', settle);
      signal.addEventListener('abort', settle);
      if (target.destroyed) settle();
    });
    this.#full = false;
  }

  /** All bytes of a short answer, none of which has left; null when some have. */
  takeWhole(): Buffer | null {
    return this.#target === null ? this.bytes.subarray(0, this.at) : null;
  }

  /** Sends what is left and ends the target; resolves when the reader has it all, has left, or the signal is aborted. */
  async end(signal: AbortSignal): Promise<void> {
    if (this.at > 0) this.#turn(0);
    const target = this.#target ?? this.#openTarget();
    target.end();
    await finished(target, { signal }).catch(() => {});
  }

  #turn(needed: number): void {
    if (this.at > 0) this.#send();
    const size = Math.max(PIECE_BYTES, needed);
    this.bytes = (size === PIECE_BYTES ? this.#spare.pop() : undefined) ?? Buffer.allocUnsafeSlow(size);
    this.at = 0;
  }

  #send(): void {
    this.#target ??= this.#openTarget();
    const piece = this.bytes;
    this.#sentBytes += this.at;
    const keepPiece = (): void => {
      if (piece.length === PIECE_BYTES && this.#spare.length < SPARE_PIECES) this.#spare.push(piece);
    };
    if (!this.#target.write(piece.subarray(0, this.at), keepPiece)) this.#full = true;
  }
}
