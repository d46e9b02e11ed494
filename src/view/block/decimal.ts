// Floats that came from decimals: 21.5 is the integer 215 with one digit after the point. Where all values of a field are such,
// differences of the integers take a fraction of the floats' bytes.
//
// The double nearest to k / 10^scale is what a division of the two gives as long as both are exact, so nothing is lost.
import { assert } from '../../base/index.ts';

const MAX_SCALE = 9;
const POWERS = Array.from({ length: MAX_SCALE + 1 }, (_, digits) => 10 ** digits);
/** Integers stay below in magnitude: then their differences are exact, and multiplying by a power finds them. */
const LIMIT = 2 ** 51;

/** How many digits after the point the values of a field need, looked for chunk by chunk. */
export class ScaleSearch {
  #scale = 0;
  #greatest = 0;
  #values = 0;
  #fails = false;

  /** `valid`: one byte a row, 1 = has a value; null = all have. */
  add(values: Float64Array, valid: Uint8Array | null, count: number): void {
    if (this.#fails) return;
    let scale = this.#scale;
    let power = POWERS[scale];
    let greatest = this.#greatest;
    let seen = 0;
    for (let row = 0; row < count; row++) {
      if (valid !== null && valid[row] === 0) continue;
      seen++;
      const value = values[row];
      while (Math.round(value * power) / power !== value) {
        if (scale === MAX_SCALE) {
          this.#fails = true;
          return;
        }
        power = POWERS[++scale];
      }
      const magnitude = Math.abs(value);
      if (magnitude > greatest) greatest = magnitude;
      else if (value === 0 && Object.is(value, -0)) greatest = Number.POSITIVE_INFINITY;
    }
    this.#scale = scale;
    this.#greatest = greatest;
    this.#values += seen;
    this.#fails = greatest * power >= LIMIT;
  }

  /** undefined = some value is no decimal of few digits, is too great, or is -0; or there was no value. */
  get scale(): number | undefined {
    return this.#fails || this.#values === 0 ? undefined : this.#scale;
  }

  get fails(): boolean {
    return this.#fails;
  }
}

let scratch = new Float64Array(0);

/** The integers of values that have this scale: in scratch, until the next call. */
export function toScaled(values: Float64Array, count: number, scale: number): Float64Array {
  if (scratch.length < count) scratch = new Float64Array(count);
  const power = POWERS[scale];
  for (let i = 0; i < count; i++) scratch[i] = Math.round(values[i] * power);
  for (let i = 0; i < count; i++) assert(scratch[i] / power === values[i], 'a value is not of its column’s scale');
  return scratch;
}

export function scaled(value: number, scale: number): number {
  return Math.round(value * POWERS[scale]);
}

/** The values of integers, in their place. */
export function fromScaled(integers: Float64Array, count: number, scale: number): void {
  if (scale === 0) return;
  const power = POWERS[scale];
  for (let i = 0; i < count; i++) integers[i] /= power;
}
