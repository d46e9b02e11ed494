// Which values of the WAL were deleted later on in it. A delete acts on what stands before it in the WAL: what lies in TSM
// files has tombstones of its own.
import type { WalEntry } from './wal-entry.ts';

interface WalDelete {
  /** The number of its entry in the WAL of its shard. */
  readonly ordinal: number;
  /** Both included. */
  readonly minNs: bigint;
  readonly maxNs: bigint;
}

export class WalDeletes {
  /** By the bytes of the key, as latin1. */
  readonly #byKey = new Map<string, WalDelete[]>();

  add(ordinal: number, { keys, minNs, maxNs }: Extract<WalEntry, { op: 'delete' }>): void {
    const deletion = { ordinal, minNs, maxNs };
    for (const key of keys) {
      const id = idOf(key);
      const known = this.#byKey.get(id);
      if (known === undefined) this.#byKey.set(id, [deletion]);
      else known.push(deletion);
    }
  }

  /** Undefined = no value of the key was deleted; else whether the one of entry `ordinal` at a time was. */
  of(key: Uint8Array): ((ordinal: number, timeNs: bigint) => boolean) | undefined {
    if (this.#byKey.size === 0) return undefined;
    const deletes = this.#byKey.get(idOf(key));
    if (deletes === undefined) return undefined;
    return (ordinal, timeNs) =>
      deletes.some((each) => each.ordinal > ordinal && each.minNs <= timeNs && timeNs <= each.maxNs);
  }
}

function idOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
}
