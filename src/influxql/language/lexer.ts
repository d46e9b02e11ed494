// Text to tokens, one at a time: what `/` or a word means depends on where the parser stands, so nothing is read ahead.
//
//     token    = space | comment | word | quoted | string | number | duration | parameter | operator
//     space    = ( " " | "\t" | "\n" )+
//     comment  = "--" … end of line | "/*" … "*/"
//     word     = ( letter | "_" ) ( letter | digit | "_" )*        a keyword, whatever its case, or an identifier
//     quoted   = '"' … '"'                                         always an identifier
//     string   = "'" … "'"                                         escapes in both: \n \\ \' \"
//     number   = digit* "." digit+ | digit+ "."                    integer = digit+
//     duration = digit+ letter ( letter | digit )*                 `µ` counts as a letter
//     param    = "$" ( word | quoted )
//     regex    = "/" … "/"                                         escape \/ ; only where the parser asks for one
//
// The end of the text counts as one more character, which a word, a space or a comment in front of it swallows. That is
// how InfluxDB comes to report `EOF` one character further on after those, and its error texts are kept.

import { SYMBOLS, type Token, keywordKind } from './token.ts';

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['\\', '\\'],
  ['"', '"'],
  ["'", "'"],
]);

/** Line ends are `\n` inside: positions are counted on the text that this gives. */
export function normalizeLineEnds(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

/** The token at `at`. At the end of the text (and beyond) that is `eof`, again and again. */
export function scanToken(text: string, at: number): Token {
  if (at >= text.length) return { kind: 'eof', text: '', start: at, end: text.length + 1 };
  const first = text[at];
  if (isSpace(first)) return scanSpace(text, at);
  if (isWordStart(first)) return scanWord(text, at);
  if (isDigit(first) || (first === '.' && isDigit(text[at + 1]))) return scanNumber(text, at);
  switch (first) {
    case '"':
      return scanQuoted(text, at, 'identifier');
    case "'":
      return scanQuoted(text, at, 'string');
    case '$':
      return scanParameter(text, at);
    default:
      return scanComment(text, at) ?? scanSymbol(text, at);
  }
}

/** The regular expression whose opening slash stands at `at`. Errors in it point one character before the slash. */
export function scanRegex(text: string, at: number): Token {
  let source = '';
  for (let end = at + 1; end < text.length && text[end] !== '\n'; end++) {
    if (text[end] === '/') return { kind: 'regex', text: source, start: at - 1, end: end + 1 };
    if (text[end] === '\\' && text[end + 1] === '/') end++;
    source += text[end];
  }
  return { kind: 'bad regex', text: '', start: at - 1, end: text.length + 1 };
}

/** The index of the next character that is neither space nor in a comment. */
export function skipSpace(text: string, at: number): number {
  for (;;) {
    const first = text[at];
    if (!isSpace(first) && first !== '-' && first !== '/') return at;
    const token = scanToken(text, at);
    if (token.kind !== 'space' && token.kind !== 'comment') return at;
    at = token.end;
  }
}

/** One-based line and character (in code points) of an index. */
export function positionOf(text: string, index: number): { readonly line: number; readonly char: number } {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < index; at = text.indexOf('\n', at + 1)) {
    line++;
    lineStart = at + 1;
  }
  const beyond = Math.max(0, index - text.length);
  return { line, char: Array.from(text.slice(lineStart, index)).length + beyond + 1 };
}

function scanSpace(text: string, at: number): Token {
  let end = at;
  while (end < text.length && isSpace(text[end])) end++;
  return { kind: 'space', text: text.slice(at, end), start: at, end: swallowEnd(text, end) };
}

function scanWord(text: string, at: number): Token {
  const end = wordEnd(text, at);
  const word = text.slice(at, end);
  const keyword = keywordKind(word);
  return keyword === undefined
    ? { kind: 'identifier', text: word, start: at, end: swallowEnd(text, end) }
    : { kind: keyword, text: '', start: at, end: swallowEnd(text, end) };
}

function scanParameter(text: string, at: number): Token {
  if (text[at + 1] === '"') {
    const name = scanQuoted(text, at + 1, 'parameter');
    return { ...name, text: `$${name.text}`, start: name.kind === 'parameter' ? at : name.start };
  }
  const end = wordEnd(text, at + 1);
  return { kind: 'parameter', text: text.slice(at, end), start: at, end: swallowEnd(text, end) };
}

function scanComment(text: string, at: number): Token | undefined {
  if (text.startsWith('--', at)) {
    const lineEnd = text.indexOf('\n', at);
    return { kind: 'comment', text: '', start: at, end: lineEnd < 0 ? text.length + 1 : lineEnd + 1 };
  }
  if (!text.startsWith('/*', at)) return undefined;
  const close = text.indexOf('*/', at + 2);
  return close < 0
    ? { kind: 'illegal', text: '', start: at, end: text.length + 1 }
    : { kind: 'comment', text: '', start: at, end: close + 2 };
}

function scanSymbol(text: string, at: number): Token {
  if (text.startsWith('<>', at)) return { kind: '!=', text: '', start: at, end: at + 2 };
  const symbol = SYMBOLS.find((candidate) => text.startsWith(candidate, at));
  if (symbol === undefined) {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    return { kind: 'illegal', text: character, start: at, end: at + character.length };
  }
  return { kind: symbol, text: '', start: at, end: at + symbol.length };
}

/** Errors at a string, and at a quoted name that does not end, point one character before the quote. */
function scanQuoted(text: string, at: number, kind: 'string' | 'identifier' | 'parameter'): Token {
  const quote = text[at];
  const before = Math.max(0, at - 1);
  let value = '';
  for (let end = at + 1; end < text.length && text[end] !== '\n'; end++) {
    const character = text[end];
    if (character === quote) return { kind, text: value, start: kind === 'string' ? before : at, end: end + 1 };
    if (character === '\\') {
      end++;
      const escaped = ESCAPES.get(text[end]);
      if (escaped === undefined) return { kind: 'bad escape', text: text.slice(end - 1, end + 1), start: end, end };
      value += escaped;
    } else value += character;
  }
  return { kind: 'bad string', text: value, start: before, end: text.length + 1 };
}

/** A full stop without a digit after it belongs to the number, too, and says nothing. */
function scanNumber(text: string, at: number): Token {
  let end = at;
  while (isDigit(text[end])) end++;
  if (text[end] === '.') {
    const pointAt = end++;
    while (isDigit(text[end])) end++;
    const value = end === pointAt + 1 ? text.slice(at, pointAt) : text.slice(at, end);
    return { kind: 'number', text: value, start: at, end };
  }
  if (!isDurationLetter(text[end])) return { kind: 'integer', text: text.slice(at, end), start: at, end };
  while (isDurationLetter(text[end]) || isDigit(text[end])) end++;
  return { kind: 'duration', text: text.slice(at, end), start: at, end };
}

function swallowEnd(text: string, end: number): number {
  return end === text.length ? end + 1 : end;
}

function wordEnd(text: string, at: number): number {
  let end = at;
  while (end < text.length && (isWordStart(text[end]) || isDigit(text[end]))) end++;
  return end;
}

// Past the end of the text a character is undefined, which none of these takes.

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t' || character === '\n';
}

function isLetter(character: string | undefined): boolean {
  return character !== undefined && ((character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z'));
}

function isWordStart(character: string | undefined): boolean {
  return character === '_' || isLetter(character);
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}

function isDurationLetter(character: string | undefined): boolean {
  return character === 'µ' || isLetter(character);
}
