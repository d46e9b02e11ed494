// The fields of a table that is being built, found by the bytes of their names in the body.
import { equalBytes } from '../model/index.ts';
import type { FieldBuilder, TableBuilder } from './batch-builder.ts';

/** Names beyond this are kept out of the fast path, which does not check the length of key and name together. */
export const MAX_PLAIN_NAME = 16_384;

/** Up to so many fields are looked through one by one. */
const MAX_UNHASHED_FIELDS = 8;

/** The field whose plain name stands at [start, nameEnd) of the body, with `=` behind it. */
export function findPlainField(
  table: TableBuilder,
  words: DataView,
  start: number,
  nameEnd: number,
  hash: number,
): FieldBuilder | null {
  const length = nameEnd + 1 - start;
  if (table.fieldsByHash === null) {
    for (const field of table.fields) if (hasName(field, words, start, length, hash)) return field;
    return null;
  }
  let field = table.fieldsByHash.get(hash) ?? null;
  while (field !== null && !hasName(field, words, start, length, hash)) field = field.sameHash;
  return field;
}

function hasName(field: FieldBuilder, words: DataView, start: number, length: number, hash: number): boolean {
  return field.hash === hash && field.length === length && equalBytes(words, field.start, words, start, length);
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
    hash,
    firstWord: wordAt(words, start, Math.min(length, 4)),
    firstMask: length >= 4 ? -1 : (1 << (8 * length)) - 1,
    lastWord: length >= 4 ? words.getInt32(start + length - 4, true) : 0,
    columns: [],
    column: null,
    following: null,
    sameHash: null,
  };
  table.fields.push(field);
  if (table.fieldsByHash !== null) addToHash(table.fieldsByHash, field);
  else if (table.fields.length > MAX_UNHASHED_FIELDS) {
    table.fieldsByHash = new Map();
    for (const other of table.fields) if (other.length > 0) addToHash(table.fieldsByHash, other);
  }
  return field;
}

function addToHash(fields: Map<number, FieldBuilder>, field: FieldBuilder): void {
  field.sameHash = fields.get(field.hash) ?? null;
  fields.set(field.hash, field);
}

/** The field of an odd name (one with escapes or quotes), which is added if it is new. */
export function oddField(table: TableBuilder, name: string): FieldBuilder {
  const known = table.oddFields?.get(name);
  if (known !== undefined) return known;
  const field: FieldBuilder = {
    name,
    start: 0,
    length: 0,
    hash: 0,
    firstWord: 0,
    firstMask: 0,
    lastWord: 0,
    columns: [],
    column: null,
    following: null,
    sameHash: null,
  };
  table.oddFields ??= new Map();
  table.oddFields.set(name, field);
  table.fields.push(field);
  return field;
}

/** `count` bytes as a little-endian word. */
function wordAt(words: DataView, start: number, count: number): number {
  let word = 0;
  for (let at = 0; at < count; at++) word |= words.getUint8(start + at) << (8 * at);
  return word;
}
