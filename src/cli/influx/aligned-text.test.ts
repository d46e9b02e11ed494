import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { AlignedText } from './aligned-text.ts';

/** What comes out of the lines when so many characters may wait in memory. */
async function aligned(lines: readonly string[], maxWaiting?: number): Promise<string> {
  let written = '';
  const text = new AlignedText({ write: async (piece) => void (written += piece) }, maxWaiting);
  await text.lines(lines);
  await text.flush();
  return written;
}

/** The same, from the definition: a column is as wide as its widest cell over a run of lines that have it, and one space. */
function expected(lines: readonly string[]): string {
  const rows = lines.map((line) => line.split('\t'));
  const has = (row: number, column: number): boolean => row >= 0 && column < (rows[row]?.length ?? 0) - 1;
  const width = (row: number, column: number): number => {
    let [from, to] = [row, row];
    while (has(from - 1, column)) from--;
    while (has(to + 1, column)) to++;
    return 1 + Math.max(...rows.slice(from, to + 1).map((cells) => Array.from(cells[column]).length));
  };
  const pad = (row: number) => (cell: string, column: number) =>
    has(row, column) ? cell + ' '.repeat(width(row, column) - Array.from(cell).length) : cell;
  return rows.map((cells, row) => `${cells.map(pad(row)).join('')}\n`).join('');
}

test('columns stand under one another', async () => {
  const cases: readonly (readonly [lines: readonly string[], text: string])[] = [
    [[], ''],
    [['plain'], 'plain\n'],
    [['a\tb', 'long\tc'], 'a    b\nlong c\n'],
    [['\tb', 'x\t'], '  b\nx \n'],
    [['a\tb\tc', 'name', 'longer\tb\tc'], 'a b c\nname\nlonger b c\n'],
    [['ü\tb', '𝄞𝄞\tc'], 'ü  b\n𝄞𝄞 c\n'],
    [['wide cell\tb\tc', 'a\tb'], 'wide cell b c\na         b\n'],
    [['a\tb\nlong\tc'], 'a    b\nlong c\n'],
    [['a\tb\flong\tc'], 'a b\nlong c\n'],
    [['a\vb', 'long\tc'], 'a    b\nlong c\n'],
  ];
  for (const [lines, text] of cases) assert.equal(await aligned(lines), text, JSON.stringify(lines));
});

test('many lines wait in a file, and come out the same', async () => {
  const seed = Date.now() % 1_000_000;
  let state = seed;
  const random = (below: number): number => (state = (state * 48271 + 11) % 2147483647) % below;
  const lines = Array.from({ length: 3000 }, () => {
    const cells = Array.from({ length: 1 + (random(50) === 0 ? random(5) : 4) }, () => 'ü𝄞x'.repeat(random(4)));
    return cells.join('\t');
  });
  const text = expected(lines);
  assert.equal(await aligned(lines), text, `seed ${seed}`);
  assert.equal(await aligned(lines, 1000), text, `seed ${seed}, with a file`);
  assert.deepEqual(
    readdirSync(tmpdir()).filter((name) => name.startsWith('weir-influx-')),
    [],
  );
});
