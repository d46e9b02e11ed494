// The shell as a person uses it: a prompt with line editing, history and completion of keywords. Ctrl-C clears the line, or
// stops the query that runs; Ctrl-D leaves. Lines that are typed or pasted while a query runs wait in line.
import { type Interface, createInterface } from 'node:readline';
import { messageOf } from '../../base/index.ts';
import { History } from './history.ts';
import { askHidden } from './prompt.ts';
import { DONE, type Outcome, type Session } from './session.ts';
import { type ShellPrompts, runLine } from './shell-commands.ts';

const PROMPT = '> ';

type ShellTerminal = Pick<NodeJS.Process, 'env' | 'stdin' | 'stdout' | 'on'>;

/** The parts of the language that the prompt uses: loaded behind its back, as they are not needed for the first one. */
interface Language {
  readonly redactPasswords: (line: string) => string;
  readonly KEYWORDS: readonly string[];
}

/** Resolves when the person leaves. */
export async function runTerminal(session: Session, terminal: ShellTerminal, version: string): Promise<Outcome> {
  if (session.serverVersion === '') {
    await session.say(`WARN: Connected to ${session.shownAddress}, but found no server version.`);
    await session.say('Are you sure an InfluxDB server is listening at the given address?');
  } else await session.say(`Connected to ${session.shownAddress} version ${session.serverVersion}`);
  await session.say(version);
  const prompt = new TerminalPrompt(terminal, await History.load(terminal.env));
  terminal.on('SIGTERM', () => prompt.close());
  try {
    for (;;) {
      const line = await prompt.nextLine();
      if (line === null) {
        await session.say('');
        return DONE;
      }
      if (line.trim() === '') continue;
      const outcome = await runTyped(session, line, prompt);
      await prompt.remember(line);
      if (outcome.kind === 'quit') return DONE;
    }
  } finally {
    prompt.close();
  }
}

async function runTyped(session: Session, line: string, prompt: TerminalPrompt): Promise<Outcome> {
  const abort = new AbortController();
  prompt.onInterrupt = () => abort.abort();
  try {
    return await runLine(session, line, prompt, abort.signal);
  } catch (error) {
    return await session.fail(messageOf(error));
  } finally {
    prompt.onInterrupt = null;
  }
}

class TerminalPrompt implements ShellPrompts {
  readonly #terminal: ShellTerminal;
  readonly #history: History;
  #editor: Interface;
  /** Typed and not yet taken. */
  readonly #typed: string[] = [];
  #hasEnded = false;
  /** Whether the terminal is lent to a question. */
  #isAsking = false;
  #wake: (() => void) | null = null;
  #language: Language | null = null;
  /** What Ctrl-C does while a command runs; null = none runs. */
  onInterrupt: (() => void) | null = null;

  constructor(terminal: ShellTerminal, history: History) {
    this.#terminal = terminal;
    this.#history = history;
    this.#editor = this.#openEditor();
    setImmediate(() => void this.#loadLanguage());
  }

  /** Null when the person leaves. */
  async nextLine(): Promise<string | null> {
    if (this.#typed.length === 0 && !this.#hasEnded) {
      // What was typed meanwhile without an end stays, with the cursor where it is.
      this.#editor.prompt(true);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#typed.shift() ?? null;
  }

  async ask(label: string, hidden: boolean): Promise<string | null> {
    // Two readers of one terminal would share the keys out between them.
    if (hidden) {
      this.#isAsking = true;
      this.#editor.close();
      const answer = await askHidden(label, this.#terminal);
      this.#editor = this.#openEditor();
      this.#isAsking = false;
      return answer;
    }
    this.#editor.setPrompt(label);
    const answer = await this.nextLine();
    this.#editor.setPrompt(PROMPT);
    return answer;
  }

  history(): readonly string[] {
    return this.#history.lines;
  }

  async remember(line: string): Promise<void> {
    const shown = this.#withoutSecrets(line);
    const problem = shown === null ? null : await this.#history.add(shown);
    if (problem !== null) this.#terminal.stdout.write(`${problem}\n`);
  }

  close(): void {
    this.#editor.close();
    this.#end();
  }

  #openEditor(): Interface {
    const editor = createInterface({
      input: this.#terminal.stdin,
      output: this.#terminal.stdout,
      terminal: this.#terminal.stdout.isTTY,
      prompt: PROMPT,
      history: [...this.#history.lines].toReversed(),
      historySize: 1000,
      completer: (line: string) => this.#complete(line),
    });
    editor.on('line', (line) => {
      this.#typed.push(line);
      this.#wake?.();
    });
    editor.on('close', () => {
      if (!this.#isAsking) this.#end();
    });
    editor.on('SIGINT', () => this.#interrupt());
    // What was typed last stands first, and may be recalled with the arrow keys.
    editor.on('history', (lines: string[]) => {
      const shown = lines.length === 0 ? null : this.#withoutSecrets(lines[0]);
      if (shown === null) lines.shift();
      else lines[0] = shown;
    });
    return editor;
  }

  #end(): void {
    this.#hasEnded = true;
    this.#wake?.();
  }

  #interrupt(): void {
    this.#terminal.stdout.write('^C\n');
    if (this.onInterrupt !== null) return this.onInterrupt();
    this.#editor.write(null, { ctrl: true, name: 'e' });
    this.#editor.write(null, { ctrl: true, name: 'u' });
    this.#editor.prompt();
  }

  /** Null = not to be kept at all. */
  #withoutSecrets(line: string): string | null {
    if (/^\s*auth\b/i.test(line)) return null;
    if (!/password/i.test(line)) return line;
    return this.#language?.redactPasswords(line) ?? null;
  }

  #complete(line: string): [string[], string] {
    const word = /\w*$/.exec(line)?.[0] ?? '';
    if (word === '' || this.#language === null) return [[], word];
    const isLower = word === word.toLowerCase();
    const matching = this.#language.KEYWORDS.filter((keyword) => keyword.startsWith(word.toUpperCase()));
    return [matching.map((keyword) => `${isLower ? keyword.toLowerCase() : keyword} `), word];
  }

  async #loadLanguage(): Promise<void> {
    this.#language = await import('../../influxql/index.ts');
  }
}
