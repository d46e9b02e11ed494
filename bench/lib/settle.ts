// Waits until a server has nothing left to do: it says so, and it has hardly used its processor for a while.
import { setTimeout as sleep } from 'node:timers/promises';

const SAMPLE_MS = 400;
const IDLE_SHARE = 0.05;
const GIVE_UP_SECONDS = 240;

export interface Settling {
  /** Whether the server itself says that nothing is waiting to be written. */
  readonly isDone: () => Promise<boolean>;
  readonly cpuSeconds: () => number;
  /** So long it must be idle: longer than its own pauses between steps. */
  readonly quietSeconds: number;
  /** An idle server uses less than this share of one processor; default 0.05. */
  readonly idleShare?: number | undefined;
}

/** Seconds from the call until the server became idle; undefined when it did not. */
export async function settled(settling: Settling): Promise<number | undefined> {
  const { idleShare = IDLE_SHARE } = settling;
  const startedAt = performance.now();
  const secondsSince = (): number => (performance.now() - startedAt) / 1000;
  let busyUntil = 0;
  let used = settling.cpuSeconds();
  let sampledAt = 0;
  while (secondsSince() < GIVE_UP_SECONDS) {
    await sleep(SAMPLE_MS);
    const done = await settling.isDone();
    const [usedNow, now] = [settling.cpuSeconds(), secondsSince()];
    if (!done || usedNow - used > idleShare * (now - sampledAt)) busyUntil = now;
    [used, sampledAt] = [usedNow, now];
    if (now - busyUntil >= settling.quietSeconds) return busyUntil;
  }
  return undefined;
}
