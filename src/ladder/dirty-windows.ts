// Which windows of a tier are to be computed anew. Single windows are gathered in cells of neighbouring windows, so that what
// they hold is bounded: a cell knows the series it is about until they are many, then it is about all. Long stretches, as a new
// ladder has to fill, are spans: worked off from their start.
import { WeirError } from '../base/index.ts';

/** Windows [first, last] of these series (null = of all) of one measurement. */
export interface DirtyRange {
  readonly measurement: string;
  readonly first: number;
  readonly last: number;
  readonly seriesIds: ReadonlySet<number> | null;
}

const WINDOWS_PER_CELL = 64;
/** A cell about more series is about all of its measurement. */
const MAX_SERIES = 4096;

interface Cell {
  first: number;
  last: number;
  seriesIds: Set<number> | null;
}

interface Span {
  readonly measurement: string;
  first: number;
  readonly last: number;
}

export class DirtyWindows {
  readonly #cells = new Map<string, Map<number, Cell>>();
  #spans: Span[] = [];
  /** Windows that the spans had at most since there were none. */
  #spanPeak = 0;

  /** Whether there is anything to take up to this window. */
  hasUpTo(window: number): boolean {
    for (const cells of this.#cells.values()) for (const cell of cells.values()) if (cell.first <= window) return true;
    return this.#spans.some((span) => span.first <= window);
  }

  /** How many windows up to this one wait in cells, counted once however many series they are about. */
  countUpTo(window: number): number {
    let count = 0;
    for (const cells of this.#cells.values())
      for (const { first, last } of cells.values()) count += Math.max(0, Math.min(last, window) - first + 1);
    return count;
  }

  /** How many windows the spans still have, and had when they were most. */
  get spanSize(): { readonly left: number; readonly peak: number } {
    return { left: this.#spanWindows(), peak: this.#spanPeak };
  }

  add(measurement: string, seriesId: number, window: number): void {
    if (this.#spans.length > 0 && this.#isInSpan(measurement, window)) return;
    const cell = this.#cell(measurement, window);
    if (window < cell.first) cell.first = window;
    if (window > cell.last) cell.last = window;
    if (cell.seriesIds === null) return;
    cell.seriesIds.add(seriesId);
    if (cell.seriesIds.size > MAX_SERIES) cell.seriesIds = null;
  }

  addRange({ measurement, first, last, seriesIds }: DirtyRange): void {
    if (seriesIds === null && last - first >= WINDOWS_PER_CELL) {
      this.#addSpan(measurement, first, last);
      return;
    }
    for (let window = first; window <= last; window++) {
      const cell = this.#cell(measurement, window);
      if (window < cell.first) cell.first = window;
      if (window > cell.last) cell.last = window;
      if (seriesIds === null) cell.seriesIds = null;
      else for (const seriesId of seriesIds) cell.seriesIds?.add(seriesId);
      if (cell.seriesIds !== null && cell.seriesIds.size > MAX_SERIES) cell.seriesIds = null;
    }
  }

  /**
   * Takes out one range of windows up to `window`, single ones before spans, and of a span at most `spanWindows`; undefined when
   * there is none. What is taken and then fails must be put back with `addRange`.
   */
  take(window: number, spanWindows: (measurement: string) => number): DirtyRange | undefined {
    for (const [measurement, cells] of this.#cells) {
      for (const [index, cell] of cells) {
        if (cell.first > window) continue;
        const { first, last, seriesIds } = cell;
        cells.delete(index);
        if (last > window) cells.set(index, { first: window + 1, last, seriesIds: seriesIds && new Set(seriesIds) });
        else if (cells.size === 0) this.#cells.delete(measurement);
        return { measurement, first, last: Math.min(last, window), seriesIds };
      }
    }
    const span = this.#spans.find((candidate) => candidate.first <= window);
    if (span === undefined) return undefined;
    const { measurement, first } = span;
    const last = Math.min(span.last, window, first + Math.max(1, spanWindows(measurement)) - 1);
    span.first = last + 1;
    if (span.first > span.last) this.#spans = this.#spans.filter((other) => other !== span);
    if (this.#spans.length === 0) this.#spanPeak = 0;
    return { measurement, first, last, seriesIds: null };
  }

  /** All that is dirty, of one measurement or of all. */
  *ranges(measurement?: string): Generator<DirtyRange> {
    for (const [name, cells] of this.#cells) {
      if (measurement !== undefined && name !== measurement) continue;
      for (const { first, last, seriesIds } of cells.values()) yield { measurement: name, first, last, seriesIds };
    }
    for (const span of this.#spans)
      if (measurement === undefined || span.measurement === measurement) yield { ...span, seriesIds: null };
  }

  #spanWindows(): number {
    return this.#spans.reduce((sum, span) => sum + span.last - span.first + 1, 0);
  }

  #isInSpan(measurement: string, window: number): boolean {
    return this.#spans.some((span) => span.measurement === measurement && span.first <= window && window <= span.last);
  }

  #addSpan(measurement: string, first: number, last: number): void {
    let from = first;
    let to = last;
    const others = this.#spans.filter((span) => {
      const touches = span.measurement === measurement && span.first <= to + 1 && span.last >= from - 1;
      if (touches) {
        from = Math.min(from, span.first);
        to = Math.max(to, span.last);
      }
      return !touches;
    });
    this.#spans = [...others, { measurement, first: from, last: to }];
    this.#spanPeak = Math.max(this.#spanPeak, this.#spanWindows());
  }

  #cell(measurement: string, window: number): Cell {
    let cells = this.#cells.get(measurement);
    if (cells === undefined) this.#cells.set(measurement, (cells = new Map()));
    const index = Math.floor(window / WINDOWS_PER_CELL);
    let cell = cells.get(index);
    if (cell === undefined) cells.set(index, (cell = { first: Infinity, last: -Infinity, seriesIds: new Set() }));
    return cell;
  }
}

/** What JSON can hold of a range. */
export interface SavedRange {
  readonly measurement: string;
  readonly first: number;
  readonly last: number;
  readonly seriesIds: readonly number[] | null;
}

export function saveRange({ measurement, first, last, seriesIds }: DirtyRange): SavedRange {
  return { measurement, first, last, seriesIds: seriesIds && [...seriesIds] };
}

/** Throws `corrupt` for what is no saved range. */
export function loadRange(json: unknown): DirtyRange {
  const { measurement, first, last, seriesIds } = (json ?? {}) as Partial<SavedRange>;
  const isRange =
    typeof measurement === 'string' &&
    Number.isSafeInteger(first) &&
    Number.isSafeInteger(last) &&
    (seriesIds === null || (Array.isArray(seriesIds) && seriesIds.every((id) => Number.isSafeInteger(id))));
  if (!isRange) throw new WeirError('corrupt', 'a range of windows to be computed cannot be read');
  return {
    measurement,
    first: first as number,
    last: last as number,
    seriesIds: seriesIds === null ? null : new Set(seriesIds),
  };
}
