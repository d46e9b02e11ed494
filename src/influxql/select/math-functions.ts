// Functions of one row's values, on numbers.

/** `second` counts only for atan2, log and pow. */
export function mathOfNumbers(name: string, first: number, second: number): number {
  switch (name) {
    case 'abs':
      return Math.abs(first);
    case 'sin':
      return Math.sin(first);
    case 'cos':
      return Math.cos(first);
    case 'tan':
      return Math.tan(first);
    case 'asin':
      return Math.asin(first);
    case 'acos':
      return Math.acos(first);
    case 'atan':
      return Math.atan(first);
    case 'atan2':
      return Math.atan2(first, second);
    case 'exp':
      return Math.exp(first);
    case 'ln':
      return Math.log(first);
    case 'log':
      return Math.log(first) / Math.log(second);
    case 'log2':
      return Math.log2(first);
    case 'log10':
      return Math.log10(first);
    case 'sqrt':
      return Math.sqrt(first);
    case 'pow':
      return first ** second;
    case 'floor':
      return Math.floor(first);
    case 'ceil':
      return Math.ceil(first);
    default:
      return roundHalfAway(first);
  }
}

/** Half away from zero: -2.5 gives -3. */
function roundHalfAway(value: number): number {
  const whole = Math.trunc(value);
  return Math.abs(value - whole) >= 0.5 ? whole + Math.sign(value) : whole;
}
