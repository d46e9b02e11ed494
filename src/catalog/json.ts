// Reads the fields of stored JSON, with errors that name the field. Nanoseconds are decimal strings: JSON's numbers are not
// exact beyond 2^53.
import { WeirError } from '../base/index.ts';

export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(json: unknown, what: string): Fields {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw wrong(what, 'an object', json);
  return json as Fields;
}

export function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw wrong(name, 'a string', value);
  return value;
}

export function bucketIdOf(fields: Fields, name: string): string {
  const id = textOf(fields, name);
  if (!/^[0-9a-f]{16}$/.test(id)) throw wrong(name, '16 hexadecimal digits', id);
  return id;
}

export function booleanOf(fields: Fields, name: string): boolean {
  const value = fields[name];
  if (typeof value !== 'boolean') throw wrong(name, 'true or false', value);
  return value;
}

export function countOf(fields: Fields, name: string): number {
  const value = fields[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw wrong(name, 'a whole number', value);
  return value;
}

export function nsOf(fields: Fields, name: string): bigint {
  const value = fields[name];
  if (typeof value !== 'string' || !/^\d{1,19}$/.test(value)) throw wrong(name, 'nanoseconds as a string', value);
  return BigInt(value);
}

export function listOf<T>(fields: Fields, name: string, decode: (json: unknown) => T): T[] {
  const value = fields[name];
  if (!Array.isArray(value)) throw wrong(name, 'a list', value);
  return value.map(decode);
}

/** A list that may be missing: empty then. */
export function optionalListOf<T>(fields: Fields, name: string, decode: (json: unknown) => T): T[] {
  return fields[name] === undefined ? [] : listOf(fields, name, decode);
}

export function wrong(what: string, expected: string, actual: unknown): WeirError {
  const shown = actual === undefined ? 'nothing' : JSON.stringify(actual).slice(0, 100);
  return new WeirError('corrupt', `${what}: expected ${expected}, found ${shown}`);
}
