// Users and their passwords, as collectd's network plugin reads them: `user: password` a line, `#` before a comment. The file
// is read again when it has changed.
import { readFileSync, statSync } from 'node:fs';

/** Between two looks at the file: packets come by the thousand. */
const LOOK_AGAIN_MS = 1000;

export class AuthFile {
  readonly #path: string;
  readonly #nowMs: () => number;
  #lookedAtMs = -Infinity;
  #changedAtMs = NaN;
  #passwords: ReadonlyMap<string, string> = new Map();

  constructor(path: string, nowMs: () => number = () => performance.now()) {
    this.#path = path;
    this.#nowMs = nowMs;
  }

  /** undefined for a user who is not in the file. Throws what the file system throws. */
  password(user: string): string | undefined {
    this.#update();
    return this.#passwords.get(user);
  }

  /** Waits for the file system: a small file, at most once a second. */
  #update(): void {
    const nowMs = this.#nowMs();
    if (nowMs - this.#lookedAtMs < LOOK_AGAIN_MS) return;
    const { mtimeMs } = statSync(this.#path);
    if (mtimeMs !== this.#changedAtMs) this.#passwords = parseAuthFile(readFileSync(this.#path, 'utf8'));
    this.#changedAtMs = mtimeMs;
    this.#lookedAtMs = nowMs;
  }
}

export function parseAuthFile(text: string): ReadonlyMap<string, string> {
  const passwords = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    const user = line.slice(0, Math.max(0, colon)).trim();
    if (colon >= 0 && !user.startsWith('#')) passwords.set(user, line.slice(colon + 1).trim());
  }
  return passwords;
}
