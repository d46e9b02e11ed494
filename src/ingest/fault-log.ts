// Tells of faults without flooding: the first of each kind at once, the others summed up at most once a minute.
import type { ListenerFault } from './listener.ts';

const QUIET_MS = 60_000;

interface Kind {
  toldAtMs: number;
  count: number;
}

export class FaultLog {
  readonly #listener: string;
  readonly #onFault: (fault: ListenerFault) => void;
  readonly #nowMs: () => number;
  readonly #kinds = new Map<string, Kind>();

  constructor(
    listener: string,
    onFault: (fault: ListenerFault) => void,
    nowMs: () => number = () => performance.now(),
  ) {
    this.#listener = listener;
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
    this.#onFault({ listener: this.#listener, what, example: shortened(example()), count: kind.count });
    kind.toldAtMs = nowMs;
    kind.count = 0;
  }
}

const MAX_EXAMPLE = 500;

function shortened(text: string): string {
  return text.length > MAX_EXAMPLE ? `${text.slice(0, MAX_EXAMPLE)}…` : text;
}
