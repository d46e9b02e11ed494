// Reads JSON that comes from outside, a file or a request, with errors that name the member.
import { WeirError } from '../base/index.ts';

export type Members = Readonly<Record<string, unknown>>;

/** `invalid`: `blocks[3].minSeq: expected a whole number, found "x"`. */
export function wrong(path: string, expected: string, actual: unknown): WeirError {
  const shown = actual === undefined ? 'nothing' : JSON.stringify(actual).slice(0, 100);
  return new WeirError('invalid', `${path}: expected ${expected}, found ${shown}`);
}

export function membersOf(json: unknown, path: string): Members {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw wrong(path, 'an object', json);
  return json as Members;
}

export function textOf(members: Members, name: string, path: string): string {
  const value = members[name];
  if (typeof value !== 'string') throw wrong(`${path}.${name}`, 'a text', value);
  return value;
}

export function matchOf(members: Members, name: string, path: string, pattern: RegExp, expected: string): string {
  const value = members[name];
  if (typeof value !== 'string' || !pattern.test(value)) throw wrong(`${path}.${name}`, expected, value);
  return value;
}

/** May be negative. */
export function integerOf(members: Members, name: string, path: string): number {
  const value = members[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value))
    throw wrong(`${path}.${name}`, 'a whole number', value);
  return value;
}

export function countOf(members: Members, name: string, path: string): number {
  const value = integerOf(members, name, path);
  if (value < 0) throw wrong(`${path}.${name}`, 'a number from 0', value);
  return value;
}

/** A signed 64-bit number of ns, as decimal text. */
export function timeOf(members: Members, name: string, path: string): string {
  const text = matchOf(members, name, path, /^-?\d{1,19}$/, 'nanoseconds as a text');
  const time = BigInt(text);
  if (BigInt.asIntN(64, time) !== time) throw wrong(`${path}.${name}`, '64 bits', text);
  return text;
}

export function listOf<T>(
  members: Members,
  name: string,
  path: string,
  decode: (json: unknown, path: string) => T,
): readonly T[] {
  const value = members[name];
  if (!Array.isArray(value)) throw wrong(`${path}.${name}`, 'a list', value);
  return value.map((item, index) => decode(item, `${path}.${name}[${index}]`));
}
