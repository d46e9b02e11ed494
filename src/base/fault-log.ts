// Tells of faults without flooding: the first of each kind at once, the others summed up at most once a minute.

/** Told when a kind of fault is met first, and at most once a minute from then on. */
export interface Fault {
  /** What it happens to: `graphite tcp 0.0.0.0:2003`. */
  readonly subject: string;
  /** `lines cannot be read` */
  readonly what: string;
  /** The reason for one of them. */
  readonly example: string;
  /** How many since it was told of last, this one included. */
  readonly count: number;
}

const QUIET_MS = 60_000;

interface Kind {
  toldAtMs: number;
  count: number;
}

export class FaultLog {
  readonly #subject: string;
  readonly #onFault: (fault: Fault) => void;
  readonly #nowMs: () => number;
  readonly #kinds = new Map<string, Kind>();

  constructor(subject: string, onFault: (fault: Fault) => void, nowMs: () => number = () => performance.now()) {
    this.#subject = subject;
    this.#onFault = onFault;
    this.#nowMs = nowMs;
  }

  /** `what` is one of a few fixed texts; `example` is only asked for when it is told. */
  note(what: string, example: () => string, count = 1): void {
    let kind = this.#kinds.get(what);
    if (kind === undefined) {
      kind = { toldAtMs: -Infinity, count: 0 };
      this.#kinds.set(what, kind);
    }
    kind.count += count;
    const nowMs = this.#nowMs();
    if (nowMs - kind.toldAtMs < QUIET_MS) return;
    this.#onFault({ subject: this.#subject, what, example: shortened(example()), count: kind.count });
    kind.toldAtMs = nowMs;
    kind.count = 0;
  }
}

const MAX_EXAMPLE = 500;

function shortened(text: string): string {
  return text.length > MAX_EXAMPLE ? `${text.slice(0, MAX_EXAMPLE)}…` : text;
}
