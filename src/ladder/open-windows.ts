// The windows of one measurement that are being filled: one a series, in slots of its own. Rows that come in order are added
// where they belong; a row of a later window closes the one before. What is not in order is told of as a mark: somebody
// computes that window anew from what is stored.
import { type FieldType, type OptionalState, dominantType } from '../model/index.ts';
import { type InputColumn, hasValue } from './input-column.ts';
import { NumberStates, type StateInputs } from './number-states.ts';
import type { RowBuilder } from './row-builder.ts';
import { TextStates } from './text-states.ts';
import type { WindowGrid } from './window-grid.ts';

/** Rows on their way in. `fields`: values of points, or states of finer windows. */
export interface InputRows {
  readonly rowCount: number;
  readonly seriesIds: Int32Array;
  readonly baseNs: bigint;
  readonly times: Float64Array;
  readonly fields: readonly InputField[];
}

export type InputField =
  | { readonly kind: 'points'; readonly name: string; readonly type: FieldType; readonly column: InputColumn }
  | { readonly kind: 'states'; readonly name: string; readonly type: FieldType; readonly columns: StateInputs };

export interface OpenWindowsParts {
  readonly grid: WindowGrid;
  /** What the field's rule keeps. */
  readonly keptOf: (field: string) => ReadonlySet<OptionalState>;
  /** Takes the rows of windows that close. */
  readonly out: RowBuilder;
  /** This window of this series is to be computed anew. */
  readonly mark: (seriesId: number, window: number) => void;
  /** Windows up to here are never filled: their rows are marked. */
  readonly floor: number;
}

const CLOSED = 0;
const OPEN = 1;
/** Something in it was not in order: it will be marked when it closes. */
const SPOILT = 2;

/** A field's states, and the offset into its window of the last value of each slot; -1 = none. */
interface OpenField {
  readonly states: NumberStates | TextStates;
  offsets: Float64Array;
}

export class OpenWindows {
  readonly #parts: OpenWindowsParts;
  /** Series id -> slot. */
  readonly #slots = new Map<number, number>();
  #seriesIds: Int32Array = new Int32Array(16);
  /** The window of each slot, or the last it had. */
  #windows: Float64Array = new Float64Array(16);
  #conditions: Uint8Array = new Uint8Array(16);
  #slotCount = 0;
  #openCount = 0;
  /** By type and name. */
  readonly #fields = new Map<string, OpenField>();
  readonly #byName = new Map<string, readonly OpenField[]>();
  /** The greatest window that was ever begun. */
  #highest = -Infinity;
  /** Scratch, by row. */
  #rowWindows: Float64Array = new Float64Array(0);
  #rowOffsets: Float64Array = new Float64Array(0);
  #rowSlots: Int32Array = new Int32Array(0);
  /** The stretch of rows of each slot's last one: rows of the present stretch are not in their windows yet. */
  #stretches: Int32Array = new Int32Array(16);
  #stretch = 0;

  constructor(parts: OpenWindowsParts) {
    this.#parts = parts;
  }

  get openCount(): number {
    return this.#openCount;
  }

  get highest(): number {
    return this.#highest;
  }

  /** Series that have ever had a window here. */
  get slotCount(): number {
    return this.#slotCount;
  }

  add(rows: InputRows): void {
    const { rowCount, seriesIds } = rows;
    if (rowCount > this.#rowWindows.length) {
      this.#rowWindows = new Float64Array(2 * rowCount);
      this.#rowOffsets = new Float64Array(2 * rowCount);
      this.#rowSlots = new Int32Array(2 * rowCount);
    }
    this.#parts.grid.place(rows.baseNs, rows.times, rowCount, this.#rowWindows, this.#rowOffsets);
    // Field by field over stretches of rows in which no window with rows of the stretch closes.
    const fields = rows.fields.map((field) => ({ field, open: this.#field(field) }));
    let from = 0;
    this.#stretch++;
    for (let row = 0; row < rowCount; row++) {
      const seriesId = seriesIds[row];
      const window = this.#rowWindows[row];
      const known = this.#slots.get(seriesId);
      if (known !== undefined && this.#stretches[known] === this.#stretch && this.#windows[known] !== window) {
        for (const { field, open } of fields) this.#addRows(field, open, from, row);
        from = row;
        this.#stretch++;
      }
      const slot = this.#slotFor(known, seriesId, window);
      this.#rowSlots[row] = slot;
      if (slot >= 0) this.#stretches[slot] = this.#stretch;
    }
    for (const { field, open } of fields) this.#addRows(field, open, from, rowCount);
  }

  /** Closes windows up to `window`, at most `limit` of them. Returns how many those were. */
  closeUpTo(window: number, limit: number): number {
    let closed = 0;
    if (this.#openCount === 0) return 0;
    for (let slot = 0; slot < this.#slotCount && closed < limit; slot++) {
      if (this.#conditions[slot] === CLOSED || this.#windows[slot] > window) continue;
      this.#close(slot);
      closed++;
    }
    return closed;
  }

  closeSeries(seriesId: number): void {
    const slot = this.#slots.get(seriesId);
    if (slot !== undefined && this.#conditions[slot] !== CLOSED) this.#close(slot);
  }

  /** The windows that are open: what would be lost with this process. */
  eachOpen(visit: (seriesId: number, window: number) => void): void {
    for (let slot = 0; slot < this.#slotCount; slot++)
      if (this.#conditions[slot] !== CLOSED) visit(this.#seriesIds[slot], this.#windows[slot]);
  }

  /** What is open in [first, last] may have lost rows. */
  spoil(first: number, last: number): void {
    for (let slot = 0; slot < this.#slotCount; slot++) {
      const window = this.#windows[slot];
      if (this.#conditions[slot] === OPEN && window >= first && window <= last) this.#conditions[slot] = SPOILT;
    }
  }

  /** The slot that takes a row of this window; -1 when it was marked instead. */
  #slotFor(known: number | undefined, seriesId: number, window: number): number {
    if (known === undefined) {
      if (window <= this.#parts.floor) {
        this.#parts.mark(seriesId, window);
        return -1;
      }
      const slot = this.#newSlot(seriesId);
      this.#begin(slot, window);
      return slot;
    }
    const slot = known;
    const current = this.#windows[slot];
    if (window === current && this.#conditions[slot] !== CLOSED) return slot;
    if (window <= current || window <= this.#parts.floor) {
      this.#parts.mark(seriesId, window);
      return -1;
    }
    if (this.#conditions[slot] !== CLOSED) this.#close(slot);
    this.#begin(slot, window);
    return slot;
  }

  /** Rows [from, to) of a field, to the slots that `#rowSlots` has for them. */
  #addRows(field: InputField, open: OpenField, from: number, to: number): void {
    if (this.#slotCount > open.offsets.length) open.offsets = grownOffsets(open.offsets, this.#slotCount);
    const { states, offsets } = open;
    const presence = field.kind === 'points' ? field.column : field.columns.count;
    if (presence === undefined) return;
    for (let row = from; row < to; row++) {
      const slot = this.#rowSlots[row];
      if (slot < 0 || !hasValue(presence, row)) continue;
      const offset = this.#rowOffsets[row];
      if (offset <= offsets[slot]) this.#conditions[slot] = SPOILT;
      else if (field.kind === 'points') states.addPoint(slot, field.column, row);
      else states.addStates(slot, field.columns, row);
      offsets[slot] = offset;
    }
  }

  #begin(slot: number, window: number): void {
    this.#windows[slot] = window;
    this.#conditions[slot] = OPEN;
    this.#openCount++;
    if (window > this.#highest) this.#highest = window;
  }

  #close(slot: number): void {
    const { out, mark } = this.#parts;
    const isSpoilt = this.#conditions[slot] === SPOILT;
    const seriesId = this.#seriesIds[slot];
    const window = this.#windows[slot];
    this.#conditions[slot] = CLOSED;
    this.#openCount--;
    const row = isSpoilt ? -1 : out.addRow(seriesId, window);
    for (const fields of this.#byName.values()) {
      if (isSpoilt) for (const { states } of fields) states.clear(slot);
      else if (fields.length === 1) fields[0].states.close(slot, out, row);
      else this.#closeMixed(fields, slot, row);
      for (const { offsets } of fields) if (slot < offsets.length) offsets[slot] = -1;
    }
    if (isSpoilt) mark(seriesId, window);
  }

  /** A field of several types: of one window numbers count, together, or else strings; as for points of a range. */
  #closeMixed(fields: readonly OpenField[], slot: number, row: number): void {
    const { out, keptOf } = this.#parts;
    const held = fields.filter(({ states }) => states.holds(slot)).sort((a, b) => a.offsets[slot] - b.offsets[slot]);
    const numbers = held.map(({ states }) => states).filter((states) => states instanceof NumberStates);
    if (numbers.length > 1) {
      const whole = new NumberStates(numbers[0].field, 'float', keptOf(numbers[0].field));
      for (const states of numbers) whole.absorb(0, states, slot);
      whole.close(0, out, row);
      for (const { states } of fields) states.clear(slot);
      return;
    }
    const type = held.map(({ states }) => states.type).reduce(dominantType, 'boolean');
    for (const { states } of fields) {
      if (held.length === 0 || states.type === type) states.close(slot, out, row);
      else states.clear(slot);
    }
  }

  #newSlot(seriesId: number): number {
    const slot = this.#slotCount++;
    if (slot >= this.#seriesIds.length) {
      this.#seriesIds = Int32Array.from({ length: 2 * slot }, (_, at) => this.#seriesIds[at] ?? 0);
      this.#windows = Float64Array.from({ length: 2 * slot }, (_, at) => this.#windows[at] ?? 0);
      this.#conditions = Uint8Array.from({ length: 2 * slot }, (_, at) => this.#conditions[at] ?? 0);
      this.#stretches = Int32Array.from({ length: 2 * slot }, (_, at) => this.#stretches[at] ?? 0);
    }
    this.#seriesIds[slot] = seriesId;
    this.#slots.set(seriesId, slot);
    return slot;
  }

  /** A field that changes its type goes on as another; a window may have both, where it is longer than a shard. */
  #field({ name, type }: InputField): OpenField {
    const key = `${type} ${name}`;
    let field = this.#fields.get(key);
    if (field === undefined) {
      const isText = type === 'string' || type === 'boolean';
      const states = isText ? new TextStates(name, type) : new NumberStates(name, type, this.#parts.keptOf(name));
      field = { states, offsets: new Float64Array(0) };
      this.#fields.set(key, field);
      this.#byName.set(name, [...(this.#byName.get(name) ?? []), field]);
    }
    return field;
  }
}

function grownOffsets(offsets: Float64Array, slot: number): Float64Array {
  const copy = new Float64Array(Math.max(16, 2 * (slot + 1))).fill(-1);
  copy.set(offsets);
  return copy;
}
