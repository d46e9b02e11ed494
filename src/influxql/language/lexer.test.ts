import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalizeLineEnds, positionOf, scanRegex, scanToken } from './lexer.ts';

/** All tokens of a text, spaces and comments included: `kind` or `kind:text`. */
function tokens(text: string): string {
  const found: string[] = [];
  for (let at = 0; ; ) {
    const token = scanToken(text, at);
    found.push(token.text === '' || token.kind === 'space' ? token.kind : `${token.kind}:${token.text}`);
    at = token.end;
    if (token.kind === 'eof') return found.join(' ');
  }
}

for (const [text, expected] of [
  ['', 'eof'],
  ['select Select SELECT "select"', 'SELECT space SELECT space SELECT space identifier:select eof'],
  ['a _b1 9a', 'identifier:a space identifier:_b1 space duration:9a eof'],
  [`"a b" "" "\\"\\\\\\n" 'it\\'s'`, `identifier:a b space identifier space identifier:"\\\n space string:it's eof`],
  ['"a" "b', 'identifier:a space bad string:b eof'],
  ["'a\nb'", 'bad string:a eof'],
  ["'a\\qb'", 'bad escape:\\q identifier:qb bad string eof'],
  [
    '1 12.5 .5 3. 100ns 1h30m 5µ',
    'integer:1 space number:12.5 space number:.5 space number:3 space duration:100ns space duration:1h30m space duration:5µ eof',
  ],
  ['$a $"b c" $', 'parameter:$a space parameter:$b c space parameter:$ eof'],
  ['= =~ != !~ <> < <= > >=', '= space =~ space != space !~ space != space < space <= space > space >= eof'],
  ['+-*/%&|^(),;:::.', '+ - * / % & | ^ ( ) , ; :: : . eof'],
  ['a--b\nc', 'identifier:a comment identifier:c eof'],
  ['a/* b * / **/c', 'identifier:a comment identifier:c eof'],
  ['/* a', 'illegal eof'],
  ['!', 'illegal:! eof'],
  ['a\u00e9😀', 'identifier:a illegal:é illegal:😀 eof'],
  ['true FALSE and OR', 'TRUE space FALSE space AND space OR eof'],
]) {
  void test(`tokens of ${JSON.stringify(text)}`, () => assert.equal(tokens(text), expected));
}

for (const [text, expected] of [
  ['/a.b/', 'regex:a.b'],
  ['/a\\/b\\.c/', 'regex:a/b\\.c'],
  ['/a\\\\/', 'bad regex:'],
  ['/a', 'bad regex:'],
  ['/a\nb/', 'bad regex:'],
  ['//', 'regex:'],
]) {
  void test(`regex ${JSON.stringify(text)}`, () => {
    const token = scanRegex(text, 0);
    assert.equal(`${token.kind}:${token.text}`, expected);
  });
}

void test('the end counts as a character that words, spaces and comments swallow', () => {
  for (const [text, char] of [
    ['a', 3],
    ['a ', 4],
    ['-- c', 6],
    ['"a"', 4],
    ['12', 3],
    ['', 1],
  ] as const) {
    let token = scanToken(text, 0);
    while (token.kind !== 'eof') token = scanToken(text, token.end);
    assert.deepEqual(positionOf(text, token.start), { line: 1, char }, text);
  }
});

void test('positions count lines and code points', () => {
  const text = normalizeLineEnds('a\r\nb\r😀 c');
  assert.equal(text, 'a\nb\n😀 c');
  assert.deepEqual(positionOf(text, 0), { line: 1, char: 1 });
  assert.deepEqual(positionOf(text, 1), { line: 1, char: 2 });
  assert.deepEqual(positionOf(text, 2), { line: 2, char: 1 });
  assert.deepEqual(positionOf(text, text.indexOf('c')), { line: 3, char: 3 });
});
