// Changes as a view would tell of them, made of line protocol.
import type { Database, Subscription } from '../../catalog/index.ts';
import { parseLineProtocol } from '../../line-protocol/index.ts';
import { SeriesTable, WEEK } from '../../model/index.ts';
import type { AppliedChange } from '../../view/index.ts';

export class ChangeMaker {
  readonly series = new SeriesTable();
  #seq = 0;

  write(lines: string, bucketId = 'b1', replayed = false): AppliedChange {
    const options = { series: this.series, precision: 'ns', defaultTimeNs: 0n, unsigned: true } as const;
    const { tables } = parseLineProtocol(Buffer.from(lines), options).batch;
    return { seq: ++this.#seq, change: { op: 'write', bucketId, tables }, replayed };
  }
}

/** A catalog of one database `d` with policy `autogen` in bucket `b1`, and `other` in `b2`, whose subscriptions can be set. */
export class SubscriptionCatalog {
  #databases: readonly Database[] = [];

  constructor(subscriptions: readonly Subscription[] = []) {
    this.set(subscriptions);
  }

  set(subscriptions: readonly Subscription[]): void {
    const policy = (name: string, id: string, own: readonly Subscription[]): Database['policies'][number] => ({
      name,
      bucket: { id, durationNs: 0n, shardDurationNs: WEEK },
      replicaN: 1,
      subscriptions: own,
    });
    const policies = [policy('autogen', 'b1', subscriptions), policy('other', 'b2', [])];
    this.#databases = [{ name: 'd', defaultPolicy: 'autogen', policies, continuousQueries: [], ladders: [] }];
  }

  databases(): readonly Database[] {
    return this.#databases;
  }
}
