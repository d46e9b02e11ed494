import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PointLines } from './point-lines.ts';

/** The points of some lines. */
function points(...lines: readonly string[]): string[] {
  const reader = new PointLines();
  const found = lines.map((line) => reader.add(line)).filter((point) => point !== null);
  const rest = reader.rest();
  return rest === null ? found : [...found, `open: ${rest}`];
}

test('a string may go on over lines', () => {
  const cases: readonly (readonly [lines: readonly string[], points: readonly string[]])[] = [
    [
      ['m v=1 1', 'm v=2 2'],
      ['m v=1 1', 'm v=2 2'],
    ],
    [
      ['m s="a"', 'm s="b" 2'],
      ['m s="a"', 'm s="b" 2'],
    ],
    [
      ['m s="a', '# b', '', 'c" 1', 'm v=1'],
      ['m s="a\n# b\n\nc" 1', 'm v=1'],
    ],
    [
      ['m s="a\\"', 'b" 1', 'm v=1'],
      ['m s="a\\"\nb" 1', 'm v=1'],
    ],
    [
      ['m s="a\\\\" 1', 'm v=1'],
      ['m s="a\\\\" 1', 'm v=1'],
    ],
    [['m s="a', 'b",t="c', 'd" 1'], ['m s="a\nb",t="c\nd" 1']],
    [
      ['m"q,t="x v=1', 'm v=2'],
      ['m"q,t="x v=1', 'm v=2'],
    ],
    [
      ['a\\ ="b v=1', 'm v=2'],
      ['a\\ ="b v=1', 'm v=2'],
    ],
    [
      ['m f"l"d=1', 'm v=2'],
      ['m f"l"d=1', 'm v=2'],
    ],
    [['m s="open', 'm v=1'], ['open: m s="open\nm v=1']],
  ];
  for (const [lines, expected] of cases) assert.deepEqual(points(...lines), expected, JSON.stringify(lines));
});

test('a string that never ends is handed on before it fills the memory', () => {
  const reader = new PointLines();
  const line = 'x'.repeat(1024 * 1024);
  assert.equal(reader.add('m s="'), null);
  const found = Array.from({ length: 5 }, () => reader.add(line)).find((point) => point !== null);
  assert.equal(found?.length, 4 * 1024 * 1024 + 9);
});
