// The states of one window of integers that leave ±(2^53 - 1): exact as bigints, wrapped to 64 bits where they are written.
import type { StateName } from './state-columns.ts';

export interface WideStates {
  sum: bigint;
  least: bigint;
  greatest: bigint;
  first: bigint;
  last: bigint;
  increase: bigint;
}

/** What is added: the states of a point or of a finer window. */
export type Addend = Readonly<Record<keyof WideStates, number | bigint>>;

/** `isFirst`: nothing was added before. */
export function addToWide(wide: WideStates, isFirst: boolean, addend: Addend): void {
  const least = BigInt(addend.least);
  const greatest = BigInt(addend.greatest);
  const first = BigInt(addend.first);
  const increase = BigInt(addend.increase);
  if (isFirst) {
    wide.sum = BigInt(addend.sum);
    wide.least = least;
    wide.greatest = greatest;
    wide.first = first;
    wide.increase = increase;
  } else {
    wide.sum += BigInt(addend.sum);
    if (least < wide.least) wide.least = least;
    if (greatest > wide.greatest) wide.greatest = greatest;
    wide.increase += increase + (first >= wide.last ? first - wide.last : first);
  }
  wide.last = BigInt(addend.last);
}

/** As 64 bits; undefined for a state that is not among them. */
export function wideValue(wide: WideStates, name: StateName, isUnsigned: boolean): bigint | undefined {
  const { sum, least, greatest, first, last, increase } = wide;
  const values: Partial<Record<StateName, bigint>> = { sum, min: least, max: greatest, first, last, increase };
  const value = values[name];
  if (value === undefined) return undefined;
  return isUnsigned ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value);
}
