// Forwards the batches of one subscription: a bounded queue in front of its destinations.
//
//     add ─► waiting batches ─► at most so many under way ─► ALL: every destination
//            beyond: dropped, counted                        ANY: one after the other in turn, until one has it
import { type FaultLog, type Statistic, messageOf } from '../base/index.ts';
import { type Destination, type DestinationTarget, openDestination, withoutPassword } from './destination.ts';
import type { ForwardBatch } from './forward-batch.ts';
import type { HttpSettings } from './http-destination.ts';

export interface ForwarderOptions {
  readonly http: HttpSettings;
  readonly maxBatches: number;
  /** Memory of the batches that wait. */
  readonly maxBytes: number;
  /** How long what waits may still be sent when the subscription ends. */
  readonly graceMs: number;
}

export interface Forwarded extends DestinationTarget {
  readonly name: string;
  readonly mode: 'ALL' | 'ANY';
  readonly destinations: readonly string[];
}

/** Totals since the start, of all subscriptions. */
export interface ForwardTotals {
  createFailures: number;
  pointsWritten: number;
  /** Batches that some destination of ALL, or none of ANY, has got; those that were dropped too. */
  writeFailures: number;
  pointsDropped: number;
}

interface CountedDestination {
  readonly url: string;
  readonly destination: Destination;
  pointsWritten: number;
  writeFailures: number;
}

export class Forwarder {
  readonly #forwarded: Forwarded;
  readonly #options: ForwarderOptions;
  readonly #totals: ForwardTotals;
  readonly #faults: FaultLog;
  readonly #destinations: readonly CountedDestination[];
  readonly #waiting: ForwardBatch[] = [];
  #waitingBytes = 0;
  #running = 0;
  #isStarting = false;
  #turn = 0;
  #onIdle: () => void = () => {};

  /** Throws `invalid` for a destination that is none; then nothing is open. */
  constructor(forwarded: Forwarded, options: ForwarderOptions, totals: ForwardTotals, faults: FaultLog) {
    this.#forwarded = forwarded;
    this.#options = options;
    this.#totals = totals;
    this.#faults = faults;
    const opened: CountedDestination[] = [];
    try {
      for (const url of forwarded.destinations) {
        const destination = openDestination(url, forwarded, options.http);
        opened.push({ url: withoutPassword(url), destination, pointsWritten: 0, writeFailures: 0 });
      }
    } catch (error) {
      for (const { destination } of opened) destination.close();
      throw error;
    }
    this.#destinations = opened;
  }

  add(batch: ForwardBatch): void {
    const { maxBatches, maxBytes } = this.#options;
    if (this.#waiting.length >= maxBatches || this.#waitingBytes + batch.sizeBytes > maxBytes) {
      this.#drop(batch, 'its destinations are too slow');
      return;
    }
    this.#waiting.push(batch);
    this.#waitingBytes += batch.sizeBytes;
    this.#start();
  }

  /** Sends what waits, but for no longer than the grace; the rest is dropped and counted. Nothing may be added any more. */
  async close(): Promise<void> {
    const timer = setTimeout(() => this.#onIdle(), this.#options.graceMs);
    if (!this.#isIdle()) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    clearTimeout(timer);
    for (const batch of this.#waiting.splice(0)) this.#drop(batch, 'the subscription ends');
    // What is still under way fails by this.
    for (const { destination } of this.#destinations) destination.close();
    if (!this.#isIdle()) await new Promise<void>((resolve) => (this.#onIdle = resolve));
  }

  statistics(): readonly Statistic[] {
    const { database, policy, name, mode } = this.#forwarded;
    return this.#destinations.map(({ url, pointsWritten, writeFailures }) => ({
      name: 'subscriber',
      tags: { database, destination: url, mode, name, retention_policy: policy },
      values: { pointsWritten, writeFailures },
    }));
  }

  /** One batch a turn of the event loop: making its text takes a while, and this may run within a write. */
  #start(): void {
    if (this.#isStarting || this.#waiting.length === 0 || this.#running >= this.#options.http.concurrency) return;
    this.#isStarting = true;
    setImmediate(() => {
      this.#isStarting = false;
      const batch = this.#waiting.shift();
      if (batch === undefined) return;
      this.#waitingBytes -= batch.sizeBytes;
      this.#running++;
      void this.#forward(batch).finally(() => {
        this.#running--;
        this.#start();
        if (this.#isIdle()) this.#onIdle();
      });
      this.#start();
    });
  }

  #isIdle(): boolean {
    return this.#running === 0 && this.#waiting.length === 0;
  }

  async #forward(batch: ForwardBatch): Promise<void> {
    const isForwarded = this.#forwarded.mode === 'ALL' ? await this.#sendToAll(batch) : await this.#sendToAny(batch);
    if (isForwarded) this.#totals.pointsWritten += batch.points;
    else this.#totals.writeFailures++;
  }

  async #sendToAll(batch: ForwardBatch): Promise<boolean> {
    const sent = await Promise.all(this.#destinations.map((each) => this.#send(each, batch)));
    return sent.every((isSent) => isSent);
  }

  async #sendToAny(batch: ForwardBatch): Promise<boolean> {
    for (let tries = 0; tries < this.#destinations.length; tries++) {
      const next = this.#destinations[this.#turn++ % this.#destinations.length];
      if (await this.#send(next, batch)) return true;
    }
    return false;
  }

  async #send(to: CountedDestination, batch: ForwardBatch): Promise<boolean> {
    try {
      await to.destination.send(batch);
      to.pointsWritten += batch.points;
      return true;
    } catch (error) {
      to.writeFailures++;
      this.#faults.note('points cannot be forwarded', () => `${to.url}: ${messageOf(error)}`, batch.points);
      return false;
    }
  }

  #drop(batch: ForwardBatch, reason: string): void {
    this.#totals.writeFailures++;
    this.#totals.pointsDropped += batch.points;
    this.#faults.note('points are not forwarded', () => reason, batch.points);
  }
}
