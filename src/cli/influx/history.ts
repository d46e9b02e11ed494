// Earlier commands, in `~/.influx_history`, one a line, oldest first. Passwords have no place in it.
import { appendFile, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../base/index.ts';

const MAX_LINES = 1000;

export class History {
  /** Null = nowhere: there is no home. */
  readonly #path: string | null;
  #lines: readonly string[];

  private constructor(path: string | null, lines: readonly string[]) {
    this.#path = path;
    this.#lines = lines;
  }

  static async load(environment: Readonly<Record<string, string | undefined>>): Promise<History> {
    const home = environment.HOME ?? environment.USERPROFILE ?? '';
    if (home === '') return new History(null, []);
    const path = join(home, '.influx_history');
    const lines = await readLines(path);
    const kept = lines.slice(-MAX_LINES);
    // Others may be appending to a file that has only just become too long.
    if (lines.length > 2 * MAX_LINES) await replaceFile(path, kept).catch(() => {});
    return new History(path, kept);
  }

  /** Oldest first. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Keeps a command, unless it is the one before it. Resolves with what went wrong with the file; null = nothing. */
  async add(command: string): Promise<string | null> {
    if (command === this.#lines.at(-1)) return null;
    this.#lines = [...this.#lines, command].slice(-MAX_LINES);
    if (this.#path === null) return null;
    try {
      await appendFile(this.#path, `${command}\n`, { mode: 0o600 });
      return null;
    } catch (error) {
      return `There was an error writing history file: ${messageOf(error)}`;
    }
  }
}

async function readLines(path: string): Promise<readonly string[]> {
  try {
    const text = await readFile(path, 'utf8');
    return text.split('\n').filter((line) => line !== '');
  } catch {
    return [];
  }
}

async function replaceFile(path: string, lines: readonly string[]): Promise<void> {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
  await rename(draft, path);
}
