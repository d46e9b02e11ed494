// What a database or a retention policy may be called: InfluxDB's rules, which come from names of directories.
import { WeirError, messageOf } from '../base/index.ts';

const MAX_NAME_BYTES = 255;

/** Go's `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols, and of all spaces only the ASCII one. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]+$/u;

/** Throws `invalid` with InfluxDB's text. */
export function checkName(name: string): void {
  if (!PRINTABLE.test(name) || name === '.' || name === '..' || /[/\\]/.test(name)) {
    throw new WeirError('invalid', 'invalid name');
  }
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw new WeirError('invalid', 'name too long');
}

/** The same where one of many names is wrong: the error says which, `what` is what it names. */
export function checkNameOf(what: string, name: string): void {
  try {
    checkName(name);
  } catch (error) {
    throw new WeirError('invalid', `${what} "${name}": ${messageOf(error)}`, error);
  }
}
