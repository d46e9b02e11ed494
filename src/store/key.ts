// What a key may look like. The alphabet is the one that file systems, S3, GCS and Azure Blob all take unchanged.
import { WeirError } from '../base/index.ts';

const PART = /^[A-Za-z0-9._=-]{1,255}$/;
const MAX_KEY_LENGTH = 1024;

/** True for a single part between slashes. */
export function isKeyPart(text: string): boolean {
  return PART.test(text) && text !== '.' && text !== '..';
}

/** Throws `invalid` unless `key` is one or more parts joined by `/`. */
export function checkKey(key: string): void {
  if (key.length > MAX_KEY_LENGTH) throw invalidKey(key, `is longer than ${MAX_KEY_LENGTH} characters`);
  for (const part of key.split('/')) {
    if (!isKeyPart(part)) throw invalidKey(key, describePart(part));
  }
}

/** Throws `invalid` unless some key could start with `prefix`; the empty prefix is every key's. */
export function checkPrefix(prefix: string): void {
  const parts = prefix.split('/');
  const last = parts.pop() as string;
  for (const part of parts) {
    if (!isKeyPart(part)) throw invalidKey(prefix, describePart(part), 'prefix');
  }
  // The last part is only the beginning of a name, so here even `..` may still become one: `..x`.
  if (last !== '' && !PART.test(last)) throw invalidKey(prefix, describePart(last), 'prefix');
}

function describePart(part: string): string {
  if (part === '') return 'has an empty part';
  if (part === '.' || part === '..') return `has the part "${part}"`;
  if (part.length > 255) return 'has a part longer than 255 characters';
  return `has the part ${JSON.stringify(part)}, but only A-Z a-z 0-9 . _ = - are allowed`;
}

function invalidKey(key: string, why: string, what = 'key'): WeirError {
  const shown = key.length > 100 ? `${key.slice(0, 100)}…` : key;
  return new WeirError('invalid', `object ${what} ${JSON.stringify(shown)} ${why}`);
}
