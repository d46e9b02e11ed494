// Decimal digits to the nearest double, without a string. A quotient of two doubles is correctly rounded when both are
// exact, which covers 15 digits always and 16 mostly; beyond, the digits are held as an unevaluated sum of two doubles
// (Dekker 1971) and the quotient is taken when its rounding is beyond doubt.

/** Powers of ten that a double holds exactly. */
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));

/** All integers up to here are exact. */
const EXACT_LIMIT = 2 ** 53;
/** Halves of a product that are exact: 27 and 26 bits. */
const SPLITTER = 2 ** 27 + 1;
/** Far more than the relative error of the second quotient, 2^-52. */
const DOUBT = 2 ** -49;

/**
 * The double nearest to (`head` × 10^`tailDigits` + `tail`) / 10^`scale`; NaN where this cannot tell. `head` is an integer
 * below 2^53, `tail` one of at most `tailDigits` <= 9 digits, `scale` at most 22.
 */
export function decimal(head: number, tail: number, tailDigits: number, scale: number): number {
  const shift = POWERS_OF_TEN[tailDigits];
  const divisor = POWERS_OF_TEN[scale];
  const digits = head * shift + tail;
  if (digits < EXACT_LIMIT) return digits / divisor;
  if (digits >= 2 ** 63) return Number.NaN;

  // digits = high + low, exactly: the error of the product and the tail are small integers.
  const product = head * shift;
  const rest = productError(head, shift, product) + tail;
  const high = product + rest;
  const low = rest - (high - product);

  // The remainder of a division is a double; what it and `low` add to the quotient is known to almost 52 bits.
  const quotient = high / divisor;
  const back = quotient * divisor;
  const remainder = high - back - productError(quotient, divisor, back) + low;
  const more = remainder / divisor;
  const least = quotient + more * (1 - DOUBT);
  return least === quotient + more * (1 + DOUBT) ? least : Number.NaN;
}

/** a × b − product, exactly, where product is a × b rounded. */
function productError(a: number, b: number, product: number): number {
  const aSplit = SPLITTER * a;
  const aHigh = aSplit - (aSplit - a);
  const aLow = a - aHigh;
  const bSplit = SPLITTER * b;
  const bHigh = bSplit - (bSplit - b);
  const bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}
