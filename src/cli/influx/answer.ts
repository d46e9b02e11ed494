// What a server answers to a query. It comes in documents, one for each chunk of rows, each one line of JSON.
import { JsonReader, decodeString } from './json-reader.ts';

export interface AnswerDocument {
  readonly results: readonly AnswerResult[];
  /** Why there is no (further) result: a parse error, missing rights. */
  readonly error: string | null;
}

/** One statement's answer, or a chunk of it. */
export interface AnswerResult {
  readonly series: readonly AnswerSeries[];
  readonly messages: readonly AnswerMessage[];
  readonly error: string | null;
}

export interface AnswerSeries {
  readonly name: string;
  /** In order of their keys. */
  readonly tags: readonly (readonly [key: string, value: string])[];
  readonly columns: readonly string[];
  /** Cells as they were written in JSON: see `cellText`. */
  readonly rows: readonly (readonly string[])[];
  readonly partial: boolean;
}

export interface AnswerMessage {
  readonly level: string;
  readonly text: string;
}

/** Throws `invalid` for what is not an answer. */
export function parseDocument(text: string): AnswerDocument {
  const reader = new JsonReader(text);
  let results: readonly AnswerResult[] = [];
  let error = '';
  reader.object((name) => {
    if (name === 'results') results = readList(reader, () => readResult(reader));
    else if (name === 'error') error = reader.string();
    else reader.raw();
  });
  reader.end();
  return { results, error: error === '' ? null : error };
}

/** A cell as people read it: strings without quotes and escapes, null as nothing, numbers with all their digits. */
export function cellText(cell: string): string {
  if (cell.startsWith('"')) return decodeString(cell);
  return cell === 'null' ? '' : cell;
}

/** The first error of the document; what comes after it was not executed. */
export function firstError(document: AnswerDocument): string | null {
  return document.error ?? document.results.find(({ error }) => error !== null)?.error ?? null;
}

/** `host=a`, in order. */
export function tagTexts(series: AnswerSeries): readonly string[] {
  return series.tags.map(([key, value]) => `${key}=${value}`).toSorted();
}

function readResult(reader: JsonReader): AnswerResult {
  let series: readonly AnswerSeries[] = [];
  let messages: readonly AnswerMessage[] = [];
  let error = '';
  reader.object((name) => {
    if (name === 'series') series = readList(reader, () => readSeries(reader));
    else if (name === 'messages') messages = readList(reader, () => readMessage(reader));
    else if (name === 'error') error = reader.string();
    else reader.raw();
  });
  return { series, messages, error: error === '' ? null : error };
}

function readSeries(reader: JsonReader): AnswerSeries {
  let name = '';
  let tags: readonly (readonly [string, string])[] = [];
  let columns: readonly string[] = [];
  let rows: readonly (readonly string[])[] = [];
  let partial = false;
  reader.object((member) => {
    if (member === 'name') name = reader.string();
    else if (member === 'tags') tags = readTags(reader);
    else if (member === 'columns') columns = readList(reader, () => reader.string());
    else if (member === 'values') rows = readList(reader, () => readList(reader, () => reader.raw()));
    else if (member === 'partial') partial = reader.boolean();
    else reader.raw();
  });
  return { name, tags, columns, rows, partial };
}

function readTags(reader: JsonReader): readonly (readonly [string, string])[] {
  const tags: [string, string][] = [];
  if (!reader.acceptNull()) reader.object((key) => tags.push([key, reader.string()]));
  return tags.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function readMessage(reader: JsonReader): AnswerMessage {
  let level = '';
  let text = '';
  reader.object((name) => {
    if (name === 'level') level = reader.string();
    else if (name === 'text') text = reader.string();
    else reader.raw();
  });
  return { level, text };
}

function readList<T>(reader: JsonReader, read: () => T): readonly T[] {
  const list: T[] = [];
  if (!reader.acceptNull()) reader.array(() => list.push(read()));
  return list;
}
