// A block that is part of the view, and the wait before a replaced one may leave the store: snapshots may still read it.
import type { LocalFile } from '../store/index.ts';
import type { BlockMeta } from './manifest.ts';

export interface LiveBlock {
  readonly meta: BlockMeta;
  readonly file: LocalFile;
}

/** Counts who reads which block; deletes a retired block when its last reader is gone. */
export class BlockUses {
  readonly #uses = new Map<LiveBlock, number>();
  readonly #retired = new Set<LiveBlock>();
  readonly #remove: (block: LiveBlock) => void;

  constructor(remove: (block: LiveBlock) => void) {
    this.#remove = remove;
  }

  hold(block: LiveBlock): void {
    this.#uses.set(block, (this.#uses.get(block) ?? 0) + 1);
  }

  release(block: LiveBlock): void {
    const uses = (this.#uses.get(block) ?? 1) - 1;
    if (uses > 0) {
      this.#uses.set(block, uses);
      return;
    }
    this.#uses.delete(block);
    if (this.#retired.delete(block)) this.#remove(block);
  }

  /** The block is no longer part of the view: removes it now or when it is no longer read. */
  retire(block: LiveBlock): void {
    if (this.#uses.has(block)) this.#retired.add(block);
    else this.#remove(block);
  }
}
