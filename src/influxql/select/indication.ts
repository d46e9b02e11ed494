// A function of technical analysis over a column: one indicator a group, whose first values are held back.
import { type IndicatorOptions, openIndicator } from './indicators.ts';
import { type Column, type Rows, isValid } from './rows.ts';

/** How one such call was written. */
export interface IndicatorTransform extends IndicatorOptions {
  readonly kind: 'indicator';
  /** Values before the first that is shown; null = until the indicator is warm. */
  readonly hold: number | null;
}

export class Indication {
  readonly #indicator;
  readonly #hold: number;
  readonly #leavesOutInfinity: boolean;
  #count = 0;

  constructor(transform: IndicatorTransform) {
    this.#indicator = openIndicator(transform);
    this.#hold = transform.hold ?? this.#indicator.warmCount;
    this.#leavesOutInfinity = NEVER_INFINITE.has(transform.name);
  }

  /** Floats, whatever numbers came. */
  apply(rows: Rows, column: Column | null): Column | null {
    if (column === null) return null;
    const values = new Float64Array(rows.rowCount);
    const valid = new Uint8Array(rows.rowCount);
    for (let row = 0; row < rows.rowCount; row++) {
      if (!isValid(column, row)) continue;
      const value = this.#indicator.add(Number(column.values[row]));
      this.#count++;
      if (this.#count <= this.#hold) continue;
      if (this.#leavesOutInfinity && Math.abs(value) === Infinity) continue;
      values[row] = value;
      valid[row] = 1;
    }
    return { type: 'float', values, valid };
  }
}

const NEVER_INFINITE: ReadonlySet<string> = new Set([
  'triple_exponential_derivative',
  'kaufmans_efficiency_ratio',
  'kaufmans_adaptive_moving_average',
]);
