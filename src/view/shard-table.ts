// One measurement in one shard: its field types, its blocks, its memtables, and which series have rows in it.
import type { FieldType, TimeRange } from '../model/index.ts';
import type { Seq } from '../log/index.ts';
import { deleteRange } from './manifest.ts';
import { Memtable } from './memtable.ts';
import type { LiveBlock } from './live-block.ts';
import { SeriesSet } from './series-set.ts';
import type { ResolvedDelete } from './deletes.ts';
import type { TableSnapshot, TableSource } from './table-snapshot.ts';
import { commonType } from './widen-numbers.ts';

/** A field's type is claimed when a write is accepted, and stands once a write of it is durable. It may widen. */
interface FieldSlot {
  type: FieldType;
  claims: number;
  stands: boolean;
}

export class ShardTable {
  readonly measurement: string;
  readonly shard: TimeRange;
  /** Series that have rows here. */
  readonly series = new SeriesSet();
  readonly #fields = new Map<string, FieldSlot>();
  /** Ascending by maxSeq; their ranges of seq are disjoint. */
  #blocks: LiveBlock[] = [];
  /** Oldest first; the last one takes writes unless it is frozen. */
  #memtables: Memtable[] = [];
  #active: Memtable | undefined;

  constructor(measurement: string, shard: TimeRange) {
    this.measurement = measurement;
    this.shard = shard;
  }

  get blocks(): readonly LiveBlock[] {
    return this.#blocks;
  }

  get isEmpty(): boolean {
    return this.#blocks.length === 0 && this.#memtables.length === 0 && this.#fields.size === 0;
  }

  /** Of all memtables, those being written out included. */
  get memtableBytes(): number {
    return this.#memtables.reduce((sum, memtable) => sum + memtable.sizeBytes, 0);
  }

  /** Of all memtables; a point that was written twice counts twice. */
  get memtableRows(): number {
    return this.#memtables.reduce((sum, memtable) => sum + memtable.rowCount, 0);
  }

  get active(): Memtable | undefined {
    return this.#active;
  }

  /** The type that a new value of the field must have, claims included. */
  fieldType(name: string): FieldType | undefined {
    return this.#fields.get(name)?.type;
  }

  /** How many fields there are, claims included. */
  get fieldCount(): number {
    return this.#fields.size;
  }

  /** Fields of durable writes. */
  fields(): Map<string, FieldType> {
    const fields = new Map<string, FieldType>();
    for (const [name, slot] of this.#fields) if (slot.stands) fields.set(name, slot.type);
    return fields;
  }

  claimField(name: string, type: FieldType): void {
    const slot = this.#fields.get(name);
    if (slot === undefined) this.#fields.set(name, { type, claims: 1, stands: false });
    else {
      slot.type = commonType(slot.type, type);
      slot.claims++;
    }
  }

  /** Ends a claim; one that never became durable leaves no trace. */
  settleField(name: string, durable: boolean): void {
    const slot = this.#fields.get(name);
    if (slot === undefined) return;
    slot.claims--;
    if (durable) slot.stands = true;
    else if (slot.claims === 0 && !slot.stands) this.#fields.delete(name);
  }

  /** The field exists by what is stored. */
  addField(name: string, type: FieldType): void {
    const slot = this.#fields.get(name);
    if (slot === undefined) this.#fields.set(name, { type, claims: 0, stands: true });
    else {
      slot.type = commonType(slot.type, type);
      slot.stands = true;
    }
  }

  /** After the last row is gone the fields may take new types; memtables of the old ones hold nothing any more. */
  forgetFields(): void {
    this.#memtables = [];
    this.#active = undefined;
    for (const [name, slot] of this.#fields) {
      if (slot.claims === 0) this.#fields.delete(name);
      else slot.stands = false;
    }
  }

  /** The memtable that takes writes. */
  writable(): Memtable {
    if (this.#active === undefined) {
      this.#active = new Memtable(this.measurement, this.shard.startNs);
      this.#memtables.push(this.#active);
    }
    return this.#active;
  }

  /** Closes the memtable to writes and hands it over; undefined when there is none. It stays readable until dropped. */
  freeze(): Memtable | undefined {
    const frozen = this.#active;
    this.#active = undefined;
    return frozen;
  }

  dropMemtable(memtable: Memtable): void {
    this.#memtables = this.#memtables.filter((other) => other !== memtable);
    if (this.#active === memtable) this.#active = undefined;
  }

  addBlock(block: LiveBlock): void {
    this.#blocks.push(block);
    this.#blocks.sort((a, b) => a.meta.maxSeq - b.meta.maxSeq);
  }

  removeBlock(block: LiveBlock): void {
    this.#blocks = this.#blocks.filter((other) => other !== block);
  }

  /** Hides the rows that memtables hold now; blocks are read through the deletes themselves. */
  deleteFromMemtables(deletion: ResolvedDelete): void {
    for (const memtable of this.#memtables) {
      memtable.addDelete({ seriesIds: deletion.seriesIds, range: deleteRange(deletion.meta) });
    }
  }

  /** What readers need, with `deletes` of this measurement for the blocks that they come after. */
  snapshot(deletes: readonly ResolvedDelete[]): TableSnapshot {
    const sources: TableSource[] = this.#blocks.map((block) => blockSource(block, deletes));
    for (const memtable of this.#memtables) if (memtable.rowCount > 0) sources.push(memtable.source());
    return { measurement: this.measurement, shard: this.shard, sources, fields: this.fields() };
  }
}

export function blockSource(block: LiveBlock, deletes: readonly ResolvedDelete[]): TableSource {
  return {
    kind: 'block',
    key: block.meta.key,
    path: block.file.path,
    sizeBytes: block.meta.sizeBytes,
    deletes: deletesAfter(deletes, block.meta.deletesUpTo),
  };
}

function deletesAfter(
  deletes: readonly ResolvedDelete[],
  seq: Seq,
): { seriesIds: Int32Array | null; range: TimeRange }[] {
  return deletes
    .filter((deletion) => deletion.meta.seq > seq)
    .map((deletion) => ({ seriesIds: deletion.seriesIds, range: deleteRange(deletion.meta) }));
}
