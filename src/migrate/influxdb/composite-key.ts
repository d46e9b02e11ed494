// Keys of TSM and WAL files name one field of one series: `measurement,tag=value#!~#field`.
import { WeirError, compareStrings } from '../../base/index.ts';
import { type SeriesKey, encodeSeriesKey, parseSeriesKey } from '../../model/index.ts';

const SEPARATOR = Buffer.from('#!~#');

/** Where the series key ends: at the first separator, or with the bytes when there is none. */
export function seriesEnd(key: Uint8Array): number {
  const at = Buffer.from(key.buffer, key.byteOffset, key.length).indexOf(SEPARATOR);
  return at < 0 ? key.length : at;
}

/** The field's name; bytes that are not UTF-8 show as U+FFFD, as they do in InfluxDB's answers. */
export function fieldName(key: Uint8Array, endOfSeries: number): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('utf8', endOfSeries + SEPARATOR.length);
}

export interface CanonicalKey {
  readonly measurement: string;
  /** UTF-8, as series tables have it. */
  readonly bytes: Uint8Array;
}

/**
 * The series that InfluxDB sees in a key: tags without a value are none, and bytes that are not UTF-8 show as U+FFFD. Throws
 * `invalid` for a series that Weir has no key for.
 */
export function canonicalKey(key: Uint8Array): CanonicalKey {
  const text = Buffer.from(key.buffer, key.byteOffset, key.length).toString('utf8');
  const series = parseSeriesKey(text);
  if (series.measurement === '') throw new WeirError('invalid', `series ${JSON.stringify(text)} has no measurement`);
  const canonical = encodeSeriesKey({ measurement: series.measurement, tags: usableTags(series) });
  return { measurement: series.measurement, bytes: canonical === text ? key : Buffer.from(canonical) };
}

function usableTags({ tags }: SeriesKey): SeriesKey['tags'] {
  const byKey = new Map(tags.filter((tag) => tag.key !== '' && tag.value !== '').map((tag) => [tag.key, tag]));
  return [...byKey.values()].toSorted((a, b) => compareStrings(a.key, b.key));
}

/** The order of keys in TSM files. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}
