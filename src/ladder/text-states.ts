// The states of one string or boolean field in many windows at once: how many, the first and the last, and of booleans how many
// were true. Slots as in `number-states.ts`.
import type { FieldType } from '../model/index.ts';
import { type InputColumn, hasValue } from './input-column.ts';
import { type StateInputs, cancelStates } from './number-states.ts';
import type { RowBuilder } from './row-builder.ts';
import { type StateName, stateColumn, stateType, statesOf } from './state-columns.ts';

/** Booleans are 0 and 1. */
type Value = string | number;

interface Slot {
  count: number;
  /** A finer window says that it counts nothing any more. */
  cancelled: boolean;
  first: Value;
  last: Value;
  trues: number;
}

export class TextStates {
  readonly field: string;
  readonly type: FieldType;
  readonly #names: readonly StateName[];
  readonly #slots: Slot[] = [];

  constructor(field: string, type: FieldType) {
    this.field = field;
    this.type = type;
    this.#names = statesOf(type, new Set());
  }

  addPoint(slot: number, column: InputColumn, row: number): void {
    const value = valueAt(column, row);
    this.#add(slot, 1, value, value, value === 1 ? 1 : 0);
  }

  /** Adds the states of a finer window. False when the row has none of the field. */
  addStates(slot: number, inputs: StateInputs, row: number): boolean {
    const columns = this.#names.map((name) => inputs[name]);
    if (!columns.every((column) => column !== undefined && hasValue(column, row))) return false;
    const [count, first, last, trues] = columns.map((column) => valueAt(column as InputColumn, row));
    this.#add(slot, Number(count), first, last, Number(trues ?? 0));
    return true;
  }

  /** Whether the slot counts anything. */
  holds(slot: number): boolean {
    return (this.#slots[slot]?.count ?? 0) > 0;
  }

  /** Writes the slot's columns into a row and empties the slot. */
  close(slot: number, out: RowBuilder, row: number): void {
    const own = this.#slots[slot];
    if (own === undefined) return;
    if (own.count === 0) {
      if (own.cancelled) cancelStates(this.field, this.type, this.#names, out, row);
      own.cancelled = false;
      return;
    }
    for (const name of this.#names) {
      const value =
        name === 'count' ? own.count : name === 'true' ? own.trues : name === 'first' ? own.first : own.last;
      out.set(row, stateColumn(this.field, name), stateType(name, this.type), value);
    }
    this.clear(slot);
  }

  clear(slot: number): void {
    const own = this.#slots[slot];
    if (own === undefined) return;
    own.count = 0;
    own.cancelled = false;
  }

  #add(slot: number, count: number, first: Value, last: Value, trues: number): void {
    const own = (this.#slots[slot] ??= { count: 0, cancelled: false, first, last, trues: 0 });
    if (count === 0) {
      own.cancelled = true;
      return;
    }
    if (own.count === 0) {
      own.first = first;
      own.trues = 0;
    }
    own.count += count;
    own.last = last;
    own.trues += trues;
  }
}

function valueAt({ texts, numbers, wide }: InputColumn, row: number): Value {
  if (texts !== null) return texts[row];
  return numbers === null ? Number((wide as BigInt64Array)[row]) : numbers[row];
}
