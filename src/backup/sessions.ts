// What clients keep open over several requests, and what becomes of it when they stay away.
import { WeirError } from '../base/index.ts';

const IDLE_MS = 5 * 60 * 1000;
const MAX_OPEN = 8;

export type EndReason = 'closed by its client' | 'its client is silent' | 'the server stops';

interface Session<T> {
  readonly value: T;
  /** Requests that work on it at present. */
  users: number;
  timer: NodeJS.Timeout | undefined;
}

export class Sessions<T> {
  readonly #what: string;
  readonly #idleMs: number;
  readonly #onEnd: (value: T, id: string, reason: EndReason) => Promise<void>;
  readonly #open = new Map<string, Session<T>>();

  /** `onEnd` gets what was open, once. It must not reject. */
  constructor(
    what: string,
    idleMs: number | undefined,
    onEnd: (value: T, id: string, reason: EndReason) => Promise<void>,
  ) {
    this.#what = what;
    this.#idleMs = idleMs ?? IDLE_MS;
    this.#onEnd = onEnd;
  }

  get count(): number {
    return this.#open.size;
  }

  values(): readonly T[] {
    return Array.from(this.#open.values(), ({ value }) => value);
  }

  /** Throws `limit` while too many are open. */
  requireRoom(): void {
    if (this.#open.size >= MAX_OPEN)
      throw new WeirError('limit', `${MAX_OPEN} ${this.#what}s are open, no more at once`);
  }

  add(id: string, value: T): void {
    this.requireRoom();
    const session: Session<T> = { value, users: 0, timer: undefined };
    this.#open.set(id, session);
    this.#await(id, session);
  }

  /** Throws `not found` for one that is not open (any more). */
  get(id: string): T {
    return this.#require(id).value;
  }

  /** Keeps it open, whatever its client does, until what this returns is called (once). */
  hold(id: string): () => void {
    const session = this.#require(id);
    session.users++;
    clearTimeout(session.timer);
    return () => {
      session.users--;
      if (session.users === 0 && this.#open.get(id) === session) this.#await(id, session);
    };
  }

  async end(id: string, reason: EndReason = 'closed by its client'): Promise<void> {
    const session = this.#open.get(id);
    if (session === undefined) return;
    this.#open.delete(id);
    clearTimeout(session.timer);
    await this.#onEnd(session.value, id, reason);
  }

  async stop(): Promise<void> {
    for (const id of [...this.#open.keys()]) await this.end(id, 'the server stops');
  }

  #require(id: string): Session<T> {
    const session = this.#open.get(id);
    if (session === undefined) throw new WeirError('not found', `no ${this.#what} ${id} is open (any more)`);
    return session;
  }

  #await(id: string, session: Session<T>): void {
    session.timer = setTimeout(() => void this.end(id, 'its client is silent'), this.#idleMs);
    session.timer.unref();
  }
}
