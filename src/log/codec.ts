// Changes to frames and back. Writes are binary columns (`write-payload.ts`); the rare other operations are a line of JSON,
// padded with spaces to a multiple of 8.
import { WeirError, assert, messageOf, unreachable } from '../base/index.ts';
import type { TagPredicate } from '../model/index.ts';
import type { Change, DeleteChange } from './change.ts';
import { FRAME_HEADER_BYTES, MAX_PAYLOAD_BYTES, OP, frameBytes, frameOp, sealFrame } from './frame.ts';
import { type ByteViews, type FrameBuffer, align8, utf8Length } from './frame-buffer.ts';
import type { SeriesTables } from './log.ts';
import { takeDefinitions, takeWrite } from './read-payload.ts';
import { DefinedSeries, SeriesRemap } from './series-dictionary.ts';
import { putWrite } from './write-payload.ts';

/** Makes the frames of one segment, then of the next. */
export class FrameEncoder {
  readonly #tables: SeriesTables;
  readonly #defined = new DefinedSeries();
  #run = 0;

  constructor(tables: SeriesTables) {
    this.#tables = tables;
  }

  /** Frames from now on stand in a new segment, or follow frames that may have been lost: they define their series anew. */
  begin(run: number): void {
    this.#run = run;
    this.#defined.forget();
  }

  /**
   * Appends the change's frame to `out`. When it throws (`too large`, or one of our bugs), nothing has been appended.
   * `index`: how many frames before it are not known to be durable.
   */
  encode(out: FrameBuffer, change: Change, seq: number, index: number): void {
    const start = out.length;
    try {
      out.reserve(FRAME_HEADER_BYTES);
      out.length += FRAME_HEADER_BYTES;
      const op = this.#putPayload(out, change);
      const payloadBytes = out.length - start - FRAME_HEADER_BYTES;
      if (payloadBytes > MAX_PAYLOAD_BYTES) {
        throw new WeirError(
          'too large',
          `one change takes ${payloadBytes} bytes in the log, limit ${MAX_PAYLOAD_BYTES}`,
        );
      }
      sealFrame(out.views, start, out.length, this.#run, seq, index, op);
    } catch (error) {
      out.length = start;
      // Its series are marked as defined, and are not.
      this.#defined.forget();
      throw error;
    }
  }

  #putPayload(out: FrameBuffer, change: Change): number {
    switch (change.op) {
      case 'write':
        putWrite(out, change, this.#tables(change.bucketId), this.#defined);
        return OP.write;
      case 'delete':
        putJson(out, deleteToJson(change));
        return OP.delete;
      case 'drop-bucket':
        putJson(out, { bucketId: change.bucketId });
        return OP.dropBucket;
      case 'barrier':
        return OP.barrier;
      default:
        return unreachable(change);
    }
  }
}

/** Reads the frames of one segment in order; or of several that one run wrote, in which series ids mean the same. */
export class FrameDecoder {
  readonly #remap: SeriesRemap;

  constructor(tables: SeriesTables) {
    this.#remap = new SeriesRemap(tables);
  }

  /** The change of the intact frame at `at`; null for a frame that holds none. Throws `corrupt`. */
  decode(views: ByteViews, at: number): Change | null {
    const start = at + FRAME_HEADER_BYTES;
    const end = at + frameBytes(views, at);
    const op = frameOp(views, at);
    switch (op) {
      case OP.write:
        return takeWrite(views, start, end, this.#remap);
      case OP.delete:
        return deleteFromJson(takeJson(views, start, end));
      case OP.dropBucket:
        return { op: 'drop-bucket', bucketId: textField(takeJson(views, start, end), 'bucketId') };
      case OP.barrier:
        return { op: 'barrier' };
      case OP.lost:
        return null;
      default:
        throw new WeirError('corrupt', `the log holds an operation with code ${op}, which this program does not know`);
    }
  }

  /** Learns what the intact frame at `at` defines for later frames, when its change is not wanted. */
  skip(views: ByteViews, at: number): void {
    if (frameOp(views, at) !== OP.write) return;
    takeDefinitions(views, at + FRAME_HEADER_BYTES, at + frameBytes(views, at), this.#remap);
  }
}

function putJson(out: FrameBuffer, value: object): void {
  const text = JSON.stringify(value);
  const bytes = utf8Length(text);
  const padding = align8(bytes) - bytes;
  out.putText(text + ' '.repeat(padding), bytes + padding);
}

function takeJson(views: ByteViews, start: number, end: number): object {
  try {
    const value: unknown = JSON.parse(Buffer.from(views.u8.buffer, start, end - start).toString('utf8'));
    assert(typeof value === 'object' && value !== null, 'an object');
    return value;
  } catch (error) {
    throw new WeirError('corrupt', `a payload in the log is not JSON: ${messageOf(error)}`, error);
  }
}

function deleteToJson(change: DeleteChange): object {
  const { bucketId, measurements, predicate, range } = change;
  return { bucketId, measurements, predicate, startNs: String(range.startNs), endNs: String(range.endNs) };
}

function deleteFromJson(value: object): DeleteChange {
  const { measurements, predicate } = value as { measurements?: unknown; predicate?: unknown };
  if (measurements !== null && !isTexts(measurements)) throw malformed('measurements');
  if (predicate !== null && !isPredicate(predicate)) throw malformed('predicate');
  const range = { startNs: bigintField(value, 'startNs'), endNs: bigintField(value, 'endNs') };
  return { op: 'delete', bucketId: textField(value, 'bucketId'), measurements, predicate, range };
}

function textField(value: object, name: string): string {
  const field = (value as Record<string, unknown>)[name];
  if (typeof field !== 'string') throw malformed(name);
  return field;
}

function bigintField(value: object, name: string): bigint {
  const text = textField(value, name);
  if (!/^-?\d+$/.test(text)) throw malformed(name);
  return BigInt(text);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function isPredicate(value: unknown): value is TagPredicate {
  if (typeof value !== 'object' || value === null) return false;
  const { op, terms, value: operand, tag, source } = value as Record<string, unknown>;
  if (op === 'and' || op === 'or') return Array.isArray(terms) && terms.every(isPredicate);
  if (op === 'const') return typeof operand === 'boolean';
  if (op === '=' || op === '!=') return typeof tag === 'string' && typeof operand === 'string';
  return (op === '=~' || op === '!~') && typeof tag === 'string' && typeof source === 'string';
}

function malformed(field: string): WeirError {
  return new WeirError('corrupt', `a payload in the log has no valid "${field}"`);
}
