// Forwards what is written to buckets that have subscriptions, in the order of the log, whatever way it came in.
//
//     change ──► forwarders of its bucket ──► batches ──► destinations
import { type Fault, FaultLog, type Statistic, messageOf } from '../base/index.ts';
import type { Catalog, Database } from '../catalog/index.ts';
import type { AppliedChange, ViewDoor } from '../view/index.ts';
import { forwardBatches } from './forward-batch.ts';
import { type ForwardTotals, Forwarder, type ForwarderOptions } from './forwarder.ts';

export type SubscriptionOptions = ForwarderOptions;

export interface SubscriptionParts {
  readonly catalog: Pick<Catalog, 'databases'>;
  /** Asked from the first change on. */
  readonly seriesTable: ViewDoor['seriesTable'];
  readonly options: SubscriptionOptions;
  readonly onFault: (fault: Fault) => void;
}

export class Subscriptions {
  readonly #parts: SubscriptionParts;
  readonly #totals: ForwardTotals = { createFailures: 0, pointsWritten: 0, writeFailures: 0, pointsDropped: 0 };
  /** What the forwarders were made of: the same list as long as nothing has changed. */
  #databases: readonly Database[] | null = null;
  /** By all that makes a subscription. null = it could not be made. */
  #forwarders = new Map<string, Forwarder | null>();
  #byBucket: ReadonlyMap<string, readonly Forwarder[]> = new Map();
  readonly #closing = new Set<Promise<void>>();
  #stopped = false;

  constructor(parts: SubscriptionParts) {
    this.#parts = parts;
  }

  /** For `ViewOptions.onChange`. Costs nothing while there are no subscriptions. */
  onChange({ change, replayed }: AppliedChange): void {
    if (replayed || change.op !== 'write' || this.#stopped) return;
    this.#update();
    if (this.#byBucket.size === 0) return;
    const forwarders = this.#byBucket.get(change.bucketId);
    if (forwarders === undefined) return;
    const batches = forwardBatches(change.tables, this.#parts.seriesTable(change.bucketId));
    for (const forwarder of forwarders) for (const batch of batches) forwarder.add(batch);
  }

  statistics(): readonly Statistic[] {
    if (!this.#stopped) this.#update();
    const forwarders = [...this.#forwarders.values()].filter((forwarder) => forwarder !== null);
    return [
      { name: 'subscriber', tags: {}, values: { ...this.#totals } },
      ...forwarders.flatMap((forwarder) => forwarder.statistics()),
    ];
  }

  /** Sends what waits, but for no longer than the grace. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const forwarder of this.#forwarders.values()) if (forwarder !== null) this.#close(forwarder);
    await Promise.all(this.#closing);
  }

  #update(): void {
    const databases = this.#parts.catalog.databases();
    if (databases === this.#databases) return;
    this.#databases = databases;
    const before = this.#forwarders;
    this.#forwarders = new Map();
    const byBucket = new Map<string, Forwarder[]>();
    for (const database of databases) {
      for (const { name: policy, bucket, subscriptions } of database.policies) {
        for (const subscription of subscriptions) {
          const forwarded = { ...subscription, database: database.name, policy };
          const key = JSON.stringify([forwarded, bucket.id]);
          const known = before.get(key);
          const forwarder = known === undefined ? this.#open(forwarded) : known;
          this.#forwarders.set(key, forwarder);
          if (forwarder !== null) byBucket.set(bucket.id, [...(byBucket.get(bucket.id) ?? []), forwarder]);
        }
      }
    }
    this.#byBucket = byBucket;
    for (const [key, forwarder] of before) {
      if (forwarder !== null && !this.#forwarders.has(key)) this.#close(forwarder);
    }
  }

  #open(forwarded: ConstructorParameters<typeof Forwarder>[0]): Forwarder | null {
    const { options, onFault } = this.#parts;
    const faults = new FaultLog(`subscription ${forwarded.name} on ${forwarded.database}.${forwarded.policy}`, onFault);
    try {
      return new Forwarder(forwarded, options, this.#totals, faults);
    } catch (error) {
      this.#totals.createFailures++;
      faults.note('the subscription cannot be served', () => messageOf(error));
      return null;
    }
  }

  #close(forwarder: Forwarder): void {
    const closing = forwarder.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}
