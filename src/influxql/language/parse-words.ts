// Small pieces that many statements share: names, numbers, durations, lists of strings.
import { messageOf } from '../../base/index.ts';
import { parseDurationText } from './durations.ts';
import { parseList } from './parse-select.ts';
import type { Token } from './token.ts';
import type { TokenStream } from './token-stream.ts';

const UINT64_MAX = 2n ** 64n - 1n;
const INT32_MAX = 2 ** 31 - 1;

/** Whether the token is this word, which is no keyword: a name without quotes, in any case. */
export function isWord({ kind, text, start, end }: Token, word: string): boolean {
  // At the end of the text a token takes one character more.
  return kind === 'identifier' && end - start <= text.length + 1 && text.toUpperCase() === word;
}

export function acceptWord(stream: TokenStream, word: string): boolean {
  const accepted = isWord(stream.peek(), word);
  if (accepted) stream.next();
  return accepted;
}

export function expectWord(stream: TokenStream, word: string): void {
  const token = stream.next();
  if (!isWord(token, word)) throw stream.unexpected(token, word);
}

export function parseName(stream: TokenStream): string {
  return stream.expect('identifier').text;
}

/** `[ ON name ]`; empty without it. */
export function parseOptionalOn(stream: TokenStream): string {
  return stream.accept('ON') ? parseName(stream) : '';
}

/** `ON name` */
export function parseOn(stream: TokenStream): string {
  stream.expect('ON');
  return parseName(stream);
}

/** `database.policy`, without spaces around the dot. */
export function parseQualifiedPolicy(stream: TokenStream): { database: string; policy: string } {
  const database = parseName(stream);
  if (!stream.acceptRaw('.')) throw stream.unexpected(stream.nextRaw(), '.');
  return { database, policy: parseName(stream) };
}

export function parseNames(stream: TokenStream): string[] {
  return parseList(stream, parseName);
}

export function parseString(stream: TokenStream): string {
  return stream.expect('string').text;
}

export function parseStrings(stream: TokenStream): string[] {
  return parseList(stream, parseString);
}

/** Ids of shards and queries. */
export function parseUint64(stream: TokenStream): bigint {
  const token = stream.expect('integer');
  const value = BigInt(token.text);
  if (value >= 0n && value <= UINT64_MAX) return value;
  const reason = value < 0n ? 'invalid syntax' : 'value out of range';
  throw stream.error(`strconv.ParseUint: parsing "${token.text}": ${reason}`, token);
}

/** How many copies are kept: 1 and more. */
export function parseReplication(stream: TokenStream): number {
  const token = stream.expect('integer');
  const value = Number(token.text);
  if (!Number.isSafeInteger(value)) {
    throw stream.error(`strconv.Atoi: parsing "${token.text}": value out of range`, token);
  }
  if (value < 1 || value > INT32_MAX) {
    throw stream.error(`invalid value ${value}: must be 1 <= n <= ${INT32_MAX}`, token);
  }
  return value;
}

/** A duration or INF, which is 0. */
export function parseDurationOrInf(stream: TokenStream): bigint {
  return stream.accept('INF') ? 0n : parseDurationToken(stream);
}

export function parseDurationToken(stream: TokenStream): bigint {
  const token = stream.expect('duration');
  try {
    return parseDurationText(token.text);
  } catch (error) {
    throw stream.error(messageOf(error), token);
  }
}
