// A series is named by its canonical key, the same bytes as in InfluxDB: `measurement,tag=value,…`, tags ascending by
// key, with line protocol's escapes (`\,` and `\ ` in measurements; `\,`, `\=` and `\ ` in tag keys and values).

export interface Tag {
  readonly key: string;
  readonly value: string;
}

export interface SeriesKey {
  readonly measurement: string;
  /** Ascending by key (bytes of UTF-8). */
  readonly tags: readonly Tag[];
}

/** The canonical text of a series. Tags must be sorted and without duplicates or empty values. */
export function encodeSeriesKey(key: SeriesKey): string {
  let text = key.measurement.replace(/[, ]/g, '\\$&');
  for (const tag of key.tags) text += `,${escapeTag(tag.key)}=${escapeTag(tag.value)}`;
  return text;
}

function escapeTag(text: string): string {
  return text.replace(/[,= ]/g, '\\$&');
}

/** Takes a canonical key apart. */
export function parseSeriesKey(text: string): SeriesKey {
  const parts = splitUnescaped(text, ',');
  const tags = parts.slice(1).map((part) => {
    const [key, value] = splitUnescaped(part, '=');
    return { key: key.replace(/\\([,= ])/g, '$1'), value: (value ?? '').replace(/\\([,= ])/g, '$1') };
  });
  return { measurement: parts[0].replace(/\\([, ])/g, '$1'), tags };
}

/** Splits where `separator` stands without a backslash before it. */
function splitUnescaped(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === separator) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
