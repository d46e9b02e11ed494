import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineSplitter, forEachLine } from './line-splitter.ts';

test('however a text is cut, its lines come out whole', () => {
  const text = fc.array(fc.constantFrom('a', 'bc', '\n', 'é', ' '), { maxLength: 60 }).map((words) => words.join(''));
  fc.assert(
    fc.property(text, fc.array(fc.nat(9), { maxLength: 30 }), (whole, cuts) => {
      const bytes = Buffer.from(whole);
      const splitter = new LineSplitter(() => assert.fail('no line is that long'));
      let out = '';
      let at = 0;
      for (const cut of [...cuts, bytes.length]) {
        const lines = Buffer.from(splitter.push(bytes.subarray(at, at + cut))).toString();
        assert.match(lines, /^$|\n$/);
        out += lines;
        at += cut;
      }
      assert.equal(out + Buffer.from(splitter.rest()).toString(), whole);
    }),
  );
});

test('a line that is too long is thrown away and told of once, those around it stay', () => {
  let tooLong = 0;
  const splitter = new LineSplitter(() => tooLong++);
  const push = (text: string): string => Buffer.from(splitter.push(Buffer.from(text))).toString();
  assert.equal(push(`first\n${'x'.repeat(70_000)}`), 'first\n');
  assert.equal(tooLong, 1);
  assert.equal(push('x'.repeat(200_000)), '');
  assert.equal(splitter.rest().length, 0);
  assert.equal(push('tail\nsecond\nthi'), 'second\n');
  assert.equal(push('rd\n'), 'third\n');
  assert.equal(tooLong, 1);
});

test('lines of text without the blanks around them; one that is no text comes as null', () => {
  const linesOf = (bytes: Uint8Array): readonly (string | null)[] => {
    const lines: (string | null)[] = [];
    forEachLine(bytes, (line) => lines.push(line));
    return lines;
  };
  assert.deepEqual(linesOf(Buffer.from(' a b \r\n\n\r\n\ufffd ok')), ['a b', '\ufffd ok']);
  assert.deepEqual(linesOf(Buffer.from([0x61, 0x0a, 0x80, 0x0a, 0x62])), ['a', null, 'b']);
});
