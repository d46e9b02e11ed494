// The fields of a table that is being built, found by the bytes of their names in the body.
import { equalBytes } from '../model/index.ts';
import type { FieldBuilder, TableBuilder } from './batch-builder.ts';

/** Names beyond this are kept out of the fast path, which does not check the length of key and name together. */
export const MAX_PLAIN_NAME = 16_384;

/** The field whose plain name stands at [start, nameEnd) of the body, with `=` behind it. */
export function findPlainField(
  table: TableBuilder,
  words: DataView,
  start: number,
  nameEnd: number,
  hash: number,
): FieldBuilder | null {
  const length = nameEnd + 1 - start;
  let field = table.fieldsByHash.get(hash) ?? null;
  while (field !== null && !(field.length === length && equalBytes(words, field.start, words, start, length))) {
    field = field.sameHash;
  }
  return field;
}

export function addPlainField(
  table: TableBuilder,
  words: DataView,
  start: number,
  nameEnd: number,
  hash: number,
): FieldBuilder {
  const length = nameEnd + 1 - start;
  const name = Buffer.from(words.buffer, words.byteOffset + start, nameEnd - start).toString('utf8');
  const field: FieldBuilder = {
    name,
    start,
    length,
    firstWord: wordAt(words, start, Math.min(length, 4)),
    firstMask: length >= 4 ? -1 : (1 << (8 * length)) - 1,
    lastWord: length >= 4 ? words.getInt32(start + length - 4, true) : 0,
    columns: [],
    column: null,
    following: null,
    sameHash: table.fieldsByHash.get(hash) ?? null,
  };
  table.fieldsByHash.set(hash, field);
  table.fields.push(field);
  return field;
}

/** The field of an odd name (one with escapes or quotes), which is added if it is new. */
export function oddField(table: TableBuilder, name: string): FieldBuilder {
  let field = table.oddFields.get(name);
  if (field === undefined) {
    field = {
      name,
      start: 0,
      length: 0,
      firstWord: 0,
      firstMask: 0,
      lastWord: 0,
      columns: [],
      column: null,
      following: null,
      sameHash: null,
    };
    table.oddFields.set(name, field);
    table.fields.push(field);
  }
  return field;
}

/** `count` bytes as a little-endian word. */
function wordAt(words: DataView, start: number, count: number): number {
  let word = 0;
  for (let at = 0; at < count; at++) word |= words.getUint8(start + at) << (8 * at);
  return word;
}
