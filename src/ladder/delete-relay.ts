// Brings deletes of a base or a tier into the tiers that are made of it: one after the other, again when one fails.
import { WeirError } from '../base/index.ts';
import type { AppliedChange, ViewDoor } from '../view/index.ts';
import { type PlacedLink, hears } from './placed-links.ts';

export type DeleteChange = Extract<AppliedChange['change'], { op: 'delete' }>;

export interface DeleteRelayParts {
  readonly nowNs: () => bigint;
  readonly onFailure: (error: unknown) => void;
  /** Resolves after a while, and when this closes. */
  readonly rest: () => Promise<void>;
}

export class DeleteRelay {
  readonly #parts: DeleteRelayParts;
  readonly #opened = Promise.withResolvers<void>();
  /** Deletes that are not in the tiers yet: seq by task. */
  readonly #pending = new Map<Promise<void>, number>();
  /** Deletes follow one another, the first once the view is open. */
  #last: Promise<void> = this.#opened.promise;
  #view: ViewDoor | undefined;
  #closed = false;

  constructor(parts: DeleteRelayParts) {
    this.#parts = parts;
  }

  open(view: ViewDoor): void {
    this.#view = view;
    this.#opened.resolve();
  }

  /** Resolves once the view is open, or this is closed. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  get isIdle(): boolean {
    return this.#pending.size === 0;
  }

  /** Changes up to here are in the tiers, as far as they are deletes. */
  doneThrough(heardSeq: number): number {
    return Math.min(heardSeq, ...[...this.#pending.values()].map((seq) => seq - 1));
  }

  /** Resolves once the deletes that have been heard are in the tiers, or were given up by closing. */
  settle(): Promise<void> {
    return this.#last;
  }

  /** Deletes that are under way still end; those that fail from now on stay pending. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#opened.resolve();
    await this.#last;
  }

  hear(links: readonly PlacedLink[], change: DeleteChange, seq: number): void {
    const begun = links.map(({ link }) => ({ link, pending: link.beginDelete(change.measurements, change.range) }));
    const task = this.#last.then(() => this.#deleteUntilDone(links, change));
    this.#pending.set(task, seq);
    this.#last = task.then(
      () => {
        for (const { link, pending } of begun) link.endDelete(pending);
        this.#pending.delete(task);
      },
      // Closed: it stays among those that a checkpoint must not pass.
      () => {},
    );
  }

  async #deleteUntilDone(links: readonly PlacedLink[], change: DeleteChange): Promise<void> {
    for (;;) {
      try {
        if (this.#view === undefined) throw new WeirError('unavailable', 'closed before the view was open');
        for (const placed of links) await this.#deleteFrom(placed, change);
        await deleteLate(this.#view, links, change);
        return;
      } catch (error) {
        this.#parts.onFailure(error);
        if (this.#closed) throw error;
        await this.#parts.rest();
      }
    }
  }

  async #deleteFrom(placed: PlacedLink, { measurements, predicate, range }: DeleteChange): Promise<void> {
    const { link } = placed;
    for (const measurement of measurements ?? link.measurements())
      if (hears(placed, measurement)) await link.hearDelete(measurement, predicate, range, this.#parts.nowNs());
  }
}

/** What is deleted from a base is deleted from its late points, too. */
async function deleteLate(
  view: ViewDoor,
  links: readonly PlacedLink[],
  { bucketId, measurements, predicate, range }: DeleteChange,
): Promise<void> {
  const ofBase = links.filter(({ placed }) => placed.base.id === bucketId);
  const late = new Set(ofBase.flatMap(({ placed }) => placed.ladder.lateBucket?.id ?? []));
  for (const id of late) await view.delete(id, { measurements, predicate, range });
}
