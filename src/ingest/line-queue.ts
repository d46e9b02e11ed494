// Gathers the lines that a listener makes into batches and stores them, one batch at a time.
//
//     add ─► batch that fills ──full or old──► pending batches ──► being stored
//                                              at most so many: beyond, a listener must wait or drop
import { type FaultLog, isWeirError, messageOf } from '../base/index.ts';
import type { BodyPart, Precision } from '../line-protocol/index.ts';
import type { Batching, StoreLines } from './listener.ts';

export interface LineQueueOptions extends Batching {
  readonly precision: Precision;
  readonly store: StoreLines;
  readonly faults: FaultLog;
  /** Told how many lines of a batch were no line protocol. */
  readonly onBadLines?: ((count: number) => void) | undefined;
}

/** Totals since the start, under InfluxDB's names where it has them. */
export interface QueueCounts {
  batchesTx: number;
  pointsTx: number;
  batchesTxFail: number;
  /** Points of batches that could not be stored, and points that were refused: wrong type, too old. */
  pointsTxFail: number;
}

interface Batch {
  readonly texts: Uint8Array[];
  readonly parts: BodyPart[];
  sizeBytes: number;
  points: number;
}

/** A batch of so many bytes is full however few points it has. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
/** Between attempts to store a batch while the server cannot. */
const RETRY_MS = 1000;

export class LineQueue {
  readonly counts: QueueCounts = { batchesTx: 0, pointsTx: 0, batchesTxFail: 0, pointsTxFail: 0 };
  readonly #options: LineQueueOptions;
  readonly #pending: Batch[] = [];
  #batch: Batch = emptyBatch();
  #timer: NodeJS.Timeout | undefined;
  #storing: Promise<void> | null = null;
  #waiting: (() => void)[] = [];
  #stopping = false;
  /** Cuts the wait before another attempt short. */
  #wake: () => void = () => {};

  constructor(options: LineQueueOptions) {
    this.#options = options;
  }

  /** Whether as many batches wait as may. What is added nevertheless is kept. */
  get isFull(): boolean {
    return this.#pending.length >= this.#options.maxPendingBatches;
  }

  /** Resolves as soon as it is not full. */
  async hasRoom(): Promise<void> {
    while (this.isFull) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** `text` is whole lines, which nobody changes afterwards; those without a timestamp are of `timeNs`. */
  add(text: Uint8Array, points: number, timeNs: bigint): void {
    const batch = this.#batch;
    batch.texts.push(text);
    batch.sizeBytes += text.length;
    batch.parts.push({ endByte: batch.sizeBytes, defaultTimeNs: timeNs });
    batch.points += points;
    if (batch.points >= this.#options.batchPoints || batch.sizeBytes >= MAX_BATCH_BYTES) this.#closeBatch();
    else this.#timer ??= setTimeout(() => this.#closeBatch(), this.#options.timeoutMs);
  }

  /** Stores what is there; nothing may be added any more. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake();
    this.#closeBatch();
    await this.#storing;
  }

  #closeBatch(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#batch.texts.length === 0) return;
    this.#pending.push(this.#batch);
    this.#batch = emptyBatch();
    this.#storing ??= this.#storeAll().finally(() => (this.#storing = null));
  }

  async #storeAll(): Promise<void> {
    for (let batch = this.#pending.shift(); batch !== undefined; batch = this.#pending.shift()) {
      await this.#store(batch);
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resume of waiting) resume();
    }
  }

  async #store(batch: Batch): Promise<void> {
    const { store, precision, faults, onBadLines } = this.#options;
    const bytes = batch.texts.length === 1 ? batch.texts[0] : Buffer.concat(batch.texts, batch.sizeBytes);
    for (;;) {
      try {
        const outcome = await store({ bytes, parts: batch.parts, precision });
        this.counts.batchesTx++;
        this.counts.pointsTx += outcome.written;
        if (outcome.badLineCount > 0) {
          onBadLines?.(outcome.badLineCount);
          faults.note('lines cannot be read', () => outcome.badLine ?? '', outcome.badLineCount);
        }
        if (outcome.droppedCount > 0) {
          this.counts.pointsTxFail += outcome.droppedCount;
          faults.note('points are refused', () => outcome.dropped ?? '', outcome.droppedCount);
        }
        return;
      } catch (error) {
        const passing = isWeirError(error, 'unavailable');
        if (passing) faults.note('points cannot be stored at present', () => messageOf(error), batch.points);
        if (!passing || this.#stopping) {
          this.counts.batchesTxFail++;
          this.counts.pointsTxFail += batch.points;
          faults.note('points are lost', () => messageOf(error), batch.points);
          return;
        }
        await this.#pause();
      }
    }
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, RETRY_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function emptyBatch(): Batch {
  return { texts: [], parts: [], sizeBytes: 0, points: 0 };
}
