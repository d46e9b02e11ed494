// Reads JSON one value at a time and can hand a value over as it was written: a 64-bit integer keeps all its digits, which
// `JSON.parse` would round, and a cell that nobody looks into costs one slice.
//
//     read.object((name) => name === 'values' ? read.array(() => cells.push(read.raw())) : read.raw())
import { WeirError } from '../../base/index.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

export class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Calls `member` with each name; it has to read the value. Throws `invalid` for what is no object, as all of these do. */
  object(member: (name: string) => void): void {
    this.#take('{');
    if (this.#accept('}')) return;
    do {
      const name = this.string();
      this.#take(':');
      member(name);
    } while (this.#accept(','));
    this.#take('}');
  }

  /** Calls `item` once for each value, which it has to read. */
  array(item: () => void): void {
    this.#take('[');
    if (this.#accept(']')) return;
    do item();
    while (this.#accept(','));
    this.#take(']');
  }

  /** `null` reads as the empty string, as Go does it. */
  string(): string {
    const raw = this.raw();
    if (raw === 'null') return '';
    if (raw.charCodeAt(0) !== QUOTE) throw this.#fault('a string');
    return decodeString(raw);
  }

  boolean(): boolean {
    const raw = this.raw();
    if (raw !== 'true' && raw !== 'false' && raw !== 'null') throw this.#fault('true or false');
    return raw === 'true';
  }

  /** Whether the next value is null; takes it then. */
  acceptNull(): boolean {
    this.#skipSpace();
    if (!this.#text.startsWith('null', this.#at)) return false;
    this.#at += 4;
    return true;
  }

  /** The text of the next value, whatever it is. */
  raw(): string {
    this.#skipSpace();
    const start = this.#at;
    switch (this.#text[start]) {
      case '"':
        this.#at = stringEnd(this.#text, start);
        break;
      case '{':
        this.object(() => this.raw());
        break;
      case '[':
        this.array(() => this.raw());
        break;
      default:
        this.#at = wordEnd(this.#text, start);
    }
    if (this.#at === start) throw this.#fault('a value');
    return this.#text.slice(start, this.#at);
  }

  /** Throws `invalid` unless only space is left. */
  end(): void {
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#fault('the end');
  }

  #accept(symbol: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== symbol) return false;
    this.#at++;
    return true;
  }

  #take(symbol: string): void {
    if (!this.#accept(symbol)) throw this.#fault(symbol);
  }

  #skipSpace(): void {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at++;
  }

  #fault(expected: string): WeirError {
    const found = this.#text.slice(this.#at, this.#at + 20);
    return new WeirError(
      'invalid',
      `JSON: expected ${expected} at character ${this.#at + 1}, found ${found || 'the end'}`,
    );
  }
}

/** The value of a string that is written as JSON, quotes included. */
export function decodeString(raw: string): string {
  if (!raw.includes('\\')) return raw.slice(1, -1);
  try {
    return String(JSON.parse(raw));
  } catch (error) {
    throw new WeirError('invalid', `JSON: bad escape in ${raw.slice(0, 40)}`, error);
  }
}

function stringEnd(text: string, start: number): number {
  for (let at = start + 1; ; ) {
    const close = text.indexOf('"', at);
    if (close < 0) throw new WeirError('invalid', `JSON: the string at character ${start + 1} does not end`);
    let escapes = close;
    while (text.charCodeAt(escapes - 1) === BACKSLASH) escapes--;
    if ((close - escapes) % 2 === 0) return close + 1;
    at = close + 1;
  }
}

/** Where a number, true, false or null ends: these are not checked further, they are printed as they came. */
function wordEnd(text: string, start: number): number {
  let at = start;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const isLetterOrDigit = (code >= 0x30 && code <= 0x39) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a);
    if (!isLetterOrDigit && code !== 0x2d && code !== 0x2b && code !== 0x2e) break;
  }
  return at;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}
