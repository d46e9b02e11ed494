// Names and numbers as line protocol writes them.
import { WeirError, compareStrings } from '../base/index.ts';
import { encodeFieldName, isEncodableKey } from '../line-protocol/index.ts';
import { type Tag, encodeSeriesKey } from '../model/index.ts';

/**
 * The beginning of the lines of one field of one series: `cpu,host=a value=`. Tags come in any order; those without a value
 * are left out, as InfluxDB does. Throws `invalid` for names that line protocol cannot say, and for an empty one.
 */
export function linePrefix(
  measurement: string,
  tags: Iterable<readonly [key: string, value: string]>,
  field: string,
): string {
  if (measurement === '') throw new WeirError('invalid', 'the name of the measurement is empty');
  const sorted: Tag[] = [];
  let isSorted = true;
  for (const [key, value] of tags) {
    if (value === '') continue;
    if (key === '') throw new WeirError('invalid', 'the key of a tag is empty');
    isSorted &&= sorted.length === 0 || compareStrings(sorted[sorted.length - 1].key, key) < 0;
    sorted.push({ key, value });
  }
  if (!isSorted) sorted.sort((a, b) => compareStrings(a.key, b.key));
  const key = encodeSeriesKey({ measurement, tags: sorted });
  // Few keys have anything in them that could stand in the way.
  if (/^[#\0\t]|\n/.test(key) && !isEncodableKey(Buffer.from(key))) {
    throw new WeirError('invalid', `series ${key} has no line protocol`);
  }
  return `${key} ${fieldText(field)}`;
}

/** `value=` */
export function fieldText(field: string): string {
  return field === 'value' ? 'value=' : Buffer.from(encodeFieldName(field)).toString();
}

/** A finite number as a float field. */
export function floatText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/**
 * What Go's ParseFloat makes of a decimal text: NaN and infinities by their names, a number beyond the range of doubles
 * is none. Returns null for what is no number.
 */
export function parseFloat64(text: string): number | null {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : null;
  }
  const match = /^([+-]?)(?:(inf|infinity)|nan)$/i.exec(text);
  if (match === null) return null;
  if (match[2] === undefined) return match[1] === '' ? NaN : null;
  return match[1] === '-' ? -Infinity : Infinity;
}
