// A machine that reports: its processor as percentages with two decimals, its memory in bytes, its network as a counter that
// only grows. Days and weeks show in it, as on a machine that people use. Same seed, same lines.
import { randomOf } from '../tsbs/random.ts';

export const MEASUREMENTS = ['cpu', 'memory', 'network'] as const;

const DAY_SECONDS = 86_400;
const PAGE_BYTES = 4096;
const MEMORY_PAGES = 4_000_000;

export interface HostLines {
  /** A line for each measurement; each call with a later time. */
  at(seconds: number): string;
}

export function hostLines(host: string, seed: number): HostLines {
  const random = randomOf(seed);
  let [noise, usedPages, receivedBytes, before] = [0, MEMORY_PAGES / 4, 0, Number.NaN];
  return {
    at(seconds) {
      const elapsed = Number.isNaN(before) ? 0 : seconds - before;
      before = seconds;
      const busy = busyShare(seconds);
      noise = noise * 0.95 + (random() - 0.5) * 6;
      const usage = Math.min(100, Math.max(0, 5 + 60 * busy + noise));
      const wanted = MEMORY_PAGES * (0.25 + 0.4 * busy);
      usedPages += Math.round((wanted - usedPages) * Math.min(1, elapsed / 600) + (random() - 0.5) * 64);
      receivedBytes += Math.round(elapsed * (2e5 + 4e6 * busy * random()));
      const stamp = `${seconds}000000000\n`;
      return (
        `cpu,host=${host} usage=${usage.toFixed(2)} ${stamp}` +
        `memory,host=${host} used=${usedPages * PAGE_BYTES}i ${stamp}` +
        `network,host=${host} received=${receivedBytes}i ${stamp}`
      );
    },
  };
}

/** 0 at night to 1 in the afternoon; a third of it on Saturdays and Sundays. */
function busyShare(seconds: number): number {
  const ofDay = (seconds % DAY_SECONDS) / DAY_SECONDS;
  const share = (1 - Math.cos(2 * Math.PI * (ofDay - 1 / 8))) / 2;
  // The epoch began on a Thursday.
  const weekday = Math.floor(seconds / DAY_SECONDS + 4) % 7;
  return weekday === 0 || weekday === 6 ? share / 3 : share;
}
