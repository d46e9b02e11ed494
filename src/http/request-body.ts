// Reads a request's body into one array: never more than the limits allow, whatever the request claims or its gzip unpacks to.
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { WeirError, messageOf } from '../base/index.ts';
import { type Exchange, headerText } from './exchange.ts';
import type { MemoryBudget } from './memory-budget.ts';

export interface BodyLimits {
  /** Of one body, unpacked; 0 = none. */
  readonly maxBytes: number;
  /** Of all bodies that are held at present. */
  readonly budget: MemoryBudget;
}

export interface RequestBody {
  readonly bytes: Uint8Array;
  /** Gives the bytes back to the budget. Call it exactly once, when they are no longer held. */
  release(): void;
}

const UNPACK_PIECE_BYTES = 256 * 1024;

/** Rejects with `too large` (over the limit), `unavailable` (over the budget), `invalid` (bad gzip), `canceled` (client left). */
export async function readBody(exchange: Exchange, limits: BodyLimits): Promise<RequestBody> {
  const { request, response } = exchange;
  // The client may have left while the request waited for its turn; nothing would ever come then.
  if (request.destroyed) throw new WeirError('canceled', 'the client closed the connection before its body was read');
  const declaredBytes = Number(request.headers['content-length'] ?? 0);
  if (limits.maxBytes > 0 && declaredBytes > limits.maxBytes) throw tooLarge();
  const packed = headerText(request, 'content-encoding') === 'gzip';
  const gathering = new Gathering(limits, packed ? 0 : declaredBytes);
  try {
    if (exchange.awaitsContinue) response.writeContinue();
    await (packed ? unpack(request, gathering, limits.maxBytes) : gather(request, request, gathering));
    return gathering.body();
  } catch (error) {
    gathering.release();
    throw error;
  }
}

function tooLarge(): WeirError {
  return new WeirError('too large', 'Request Entity Too Large');
}

/** The chunks of a body and what is reserved for them. */
class Gathering {
  readonly #limits: BodyLimits;
  readonly #chunks: Uint8Array[] = [];
  #sizeBytes = 0;
  #reservedBytes: number;

  constructor(limits: BodyLimits, declaredBytes: number) {
    limits.budget.reserve(declaredBytes);
    this.#limits = limits;
    this.#reservedBytes = declaredBytes;
  }

  add(chunk: Uint8Array): void {
    const sizeBytes = this.#sizeBytes + chunk.length;
    if (this.#limits.maxBytes > 0 && sizeBytes > this.#limits.maxBytes) throw tooLarge();
    if (sizeBytes > this.#reservedBytes) {
      this.#limits.budget.reserve(sizeBytes - this.#reservedBytes);
      this.#reservedBytes = sizeBytes;
    }
    this.#sizeBytes = sizeBytes;
    this.#chunks.push(chunk);
  }

  release(): void {
    this.#limits.budget.release(this.#reservedBytes);
    this.#reservedBytes = 0;
  }

  body(): RequestBody {
    const bytes = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks, this.#sizeBytes);
    this.#chunks.length = 0;
    return { bytes, release: () => this.release() };
  }
}

/** Resolves when `source` has given all its bytes. After a rejection nobody listens to it any more. */
function gather(request: IncomingMessage, source: Readable, gathering: Gathering): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error: unknown): void => {
      source.off('data', onData).off('end', onEnd).off('error', settle).off('error', onClose);
      request.off('close', onClose);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onData = (chunk: Uint8Array): void => {
      try {
        gathering.add(chunk);
      } catch (error) {
        settle(error);
      }
    };
    const onEnd = (): void => settle(undefined);
    const onClose = (): void => {
      if (!request.complete) settle(new WeirError('canceled', 'the client closed the connection within the body'));
    };
    source
      .on('data', onData)
      .on('end', onEnd)
      .on('error', source === request ? onClose : settle);
    request.on('close', onClose);
  });
}

async function unpack(request: IncomingMessage, gathering: Gathering, maxBytes: number): Promise<void> {
  const gunzip = createGunzip({ chunkSize: UNPACK_PIECE_BYTES });
  let packedBytes = 0;
  const countPacked = (chunk: Uint8Array): void => {
    packedBytes += chunk.length;
    if (maxBytes > 0 && packedBytes > maxBytes) gunzip.destroy(tooLarge());
  };
  request.on('data', countPacked);
  request.pipe(gunzip);
  try {
    await gather(request, gunzip, gathering);
  } catch (error) {
    throw error instanceof WeirError ? error : new WeirError('invalid', gzipText(error), error);
  } finally {
    request.off('data', countPacked);
    request.unpipe(gunzip);
    gunzip.on('error', () => {});
    gunzip.destroy();
  }
}

/** Go's words for zlib's. */
function gzipText(error: unknown): string {
  switch (messageOf(error)) {
    case 'unexpected end of file':
      return 'unexpected EOF';
    case 'incorrect header check':
    case 'unknown compression method':
      return 'gzip: invalid header';
    case 'incorrect data check':
    case 'incorrect length check':
      return 'gzip: invalid checksum';
    default:
      return `gzip: ${messageOf(error)}`;
  }
}
