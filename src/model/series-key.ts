// A series is named by its canonical key, the same bytes as in InfluxDB: `measurement,tag=value,…`, tags ascending by
// key, with line protocol's escapes (`\,` and `\ ` in measurements; `\,`, `\=` and `\ ` in tag keys and values).
//
// A backslash means something only straight before such a character, where it is always the escape; there is no escape
// for the backslash itself: the value `a\,b` is written `a\\,b`. So a name that ends in a backslash has no key.
import { WeirError } from '../base/index.ts';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export interface SeriesKey {
  readonly measurement: string;
  /** Ascending by key (bytes of UTF-8). */
  readonly tags: readonly Tag[];
}

/**
 * The canonical text of a series. Tags must be sorted and without duplicates or empty values.
 * Throws `invalid` for a name that ends in a backslash: it would swallow the separator behind it.
 */
export function encodeSeriesKey(key: SeriesKey): string {
  let text = checkedEnd('measurement', key.measurement).replace(/[, ]/g, '\\$&');
  for (const tag of key.tags) {
    text += `,${escapeTag(checkedEnd('tag key', tag.key))}=${escapeTag(checkedEnd('tag value', tag.value))}`;
  }
  return text;
}

function escapeTag(text: string): string {
  return text.replace(/[,= ]/g, '\\$&');
}

function checkedEnd(what: string, text: string): string {
  if (text.endsWith('\\')) throw new WeirError('invalid', `${what} "${text}" ends in a backslash`);
  return text;
}

/** Takes a canonical key apart. */
export function parseSeriesKey(text: string): SeriesKey {
  const parts = text.includes('\\') ? text.split(/(?<!\\),/) : text.split(',');
  const tags = parts.slice(1).map((part) => {
    const equals = part.includes('\\') ? part.search(/(?<!\\)=/) : part.indexOf('=');
    return { key: decodeTag(part.slice(0, equals)), value: decodeTag(part.slice(equals + 1)) };
  });
  return { measurement: decodeMeasurement(parts[0]), tags };
}

/** The name that a canonical key's measurement part stands for. */
export function decodeMeasurement(text: string): string {
  return text.includes('\\') ? text.replace(/\\([, ])/g, '$1') : text;
}

function decodeTag(text: string): string {
  return text.includes('\\') ? text.replace(/\\([,= ])/g, '$1') : text;
}
