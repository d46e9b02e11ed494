// Lines of cells, padded so that columns stand under one another, as Go's tabwriter does it for the 1.x shell:
//
//     cell \t cell \t cell      the cells in front of a tab make columns; the text after the last tab is not padded
//
// A column is as wide as its widest cell over a run of lines that all have a cell there, and one space. So a width is known
// only when the run has ended: the lines wait until then, beyond a limit in a temporary file.
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';
import type { TextOutput } from './text-output.ts';

const MAX_WAITING_CHARACTERS = 16 * 1024 * 1024;
const READ_BYTES = 256 * 1024;
const WRITE_CHARACTERS = 64 * 1024;

/** The runs of one column: lines up to `ends[i]` (exclusive) that are not in an earlier run have the width `widths[i]`. */
interface ColumnRuns {
  readonly ends: number[];
  readonly widths: number[];
}

export class AlignedText {
  readonly #output: TextOutput;
  readonly #maxWaiting: number;
  #columns: ColumnRuns[] = [];
  #lineCount = 0;
  #waiting: string[] = [];
  /** Padded and not yet written. */
  #ready = '';
  #waitingCharacters = 0;
  #spill: SpillFile | null = null;

  constructor(output: TextOutput, maxWaitingCharacters = MAX_WAITING_CHARACTERS) {
    this.#output = output;
    this.#maxWaiting = maxWaitingCharacters;
  }

  /** Adds lines. One that has line breaks in it counts as several. */
  async lines(texts: readonly string[]): Promise<void> {
    for (const text of texts) {
      if (/[\n\f\v]/.test(text)) await this.#brokenLine(text);
      else if (text.includes('\t')) this.#keep(text);
      else await this.#lineWithoutCells(text);
    }
  }

  /** Writes all lines out; the next line begins new columns. */
  async flush(): Promise<void> {
    await this.#flushRun();
    const written = this.#ready;
    this.#ready = '';
    await this.#output.write(written);
  }

  /** Forgets what waits. */
  close(): void {
    this.#endRun();
    this.#ready = '';
  }

  async #brokenLine(text: string): Promise<void> {
    const lines = text.replaceAll('\v', '\t').split(/([\n\f])/);
    for (let at = 0; at < lines.length; at += 2) {
      await this.lines([lines[at]]);
      if (lines[at + 1] === '\f') await this.#flushRun();
    }
  }

  async #lineWithoutCells(text: string): Promise<void> {
    await this.#flushRun();
    await this.#emit(`${text}\n`);
  }

  #keep(text: string): void {
    this.#measure(text);
    this.#waiting.push(text);
    this.#waitingCharacters += text.length;
    if (this.#waitingCharacters < this.#maxWaiting) return;
    this.#spill ??= new SpillFile();
    this.#spill.append(this.#waiting);
    this.#waiting = [];
    this.#waitingCharacters = 0;
  }

  async #flushRun(): Promise<void> {
    const padded = paddedLines(this.#columns);
    if (this.#spill === null) {
      for (const text of this.#waiting) await this.#emit(padded(text));
    } else {
      this.#spill.append(this.#waiting);
      for (const lines of this.#spill.read()) await this.#emit(lines.map(padded).join(''));
    }
    this.#endRun();
  }

  #endRun(): void {
    this.#spill?.close();
    this.#spill = null;
    this.#columns = [];
    this.#lineCount = 0;
    this.#waiting = [];
    this.#waitingCharacters = 0;
  }

  async #emit(text: string): Promise<void> {
    this.#ready += text;
    if (this.#ready.length < WRITE_CHARACTERS) return;
    const written = this.#ready;
    this.#ready = '';
    await this.#output.write(written);
  }

  #measure(text: string): void {
    const line = this.#lineCount++;
    let start = 0;
    for (let column = 0; ; column++) {
      const end = text.indexOf('\t', start);
      if (end < 0) return;
      const { ends, widths } = (this.#columns[column] ??= { ends: [], widths: [] });
      const width = widthOf(text.slice(start, end)) + 1;
      const last = ends.length - 1;
      if (last >= 0 && ends[last] === line) {
        ends[last] = line + 1;
        if (width > widths[last]) widths[last] = width;
      } else {
        ends.push(line + 1);
        widths.push(width);
      }
      start = end + 1;
    }
  }
}

/** Pads the lines one after the other, from the first. */
function paddedLines(columns: readonly ColumnRuns[]): (text: string) => string {
  const run = columns.map(() => 0);
  let line = 0;
  return (text) => {
    const cells = text.split('\t');
    for (let column = 0; column < cells.length - 1; column++) {
      const { ends, widths } = columns[column];
      while (ends[run[column]] <= line) run[column]++;
      cells[column] += ' '.repeat(widths[run[column]] - widthOf(cells[column]));
    }
    line++;
    return `${cells.join('')}\n`;
  };
}

/** Lines in a temporary file; none of them has a line break in it. */
class SpillFile {
  readonly #dir = mkdtempSync(join(tmpdir(), 'weir-influx-'));
  readonly #file = openSync(join(this.#dir, 'rows'), 'wx+', 0o600);

  append(lines: readonly string[]): void {
    if (lines.length > 0) writeFileSync(this.#file, `${lines.join('\n')}\n`);
  }

  *read(): Iterable<readonly string[]> {
    const bytes = Buffer.alloc(READ_BYTES);
    const decoder = new StringDecoder('utf8');
    let rest = '';
    for (let at = 0; ; ) {
      const size = readSync(this.#file, bytes, 0, READ_BYTES, at);
      if (size === 0) return;
      at += size;
      const lines = (rest + decoder.write(bytes.subarray(0, size))).split('\n');
      rest = lines.pop() ?? '';
      yield lines;
    }
  }

  close(): void {
    closeSync(this.#file);
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

/** In code points. */
function widthOf(text: string): number {
  let width = text.length;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0xd800 && code < 0xdc00 && at + 1 < text.length) width--;
  }
  return width;
}
