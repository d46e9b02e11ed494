// Writes the server's own statistics into a database of its own, `_internal`, at even instants: what dashboards about InfluxDB
// itself read.
import { hostname } from 'node:os';
import { type Clock, type Statistic, type StatisticValue, WeirError, compareStrings } from '../../base/index.ts';
import type { Catalog } from '../../catalog/index.ts';
import type { AcceptLines } from '../../http/index.ts';
import { encodeFieldName } from '../../line-protocol/index.ts';
import { DAY, encodeSeriesKey } from '../../model/index.ts';

const POLICY = { name: 'monitor', durationNs: 7n * DAY, replicaN: 1 };

export interface InternalStoreParts {
  readonly catalog: Catalog;
  readonly accept: AcceptLines;
  readonly clock: Clock;
  readonly statistics: () => Promise<readonly Statistic[]>;
  readonly database: string;
  readonly intervalMs: number;
  /** Told when storing fails for the first time, and (null) when it works again. */
  readonly onFailure: (error: unknown) => void;
}

/** Begins one interval after the next even instant, as InfluxDB does. */
export class InternalStore {
  readonly #parts: InternalStoreParts;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #isFailing = false;
  #stopped = false;

  constructor(parts: InternalStoreParts) {
    this.#parts = parts;
    this.#waitFor(this.#nextEvenNs() + this.#intervalNs);
  }

  /** Resolves when the round that is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#round;
  }

  get #intervalNs(): bigint {
    return BigInt(this.#parts.intervalMs) * 1_000_000n;
  }

  #nextEvenNs(): bigint {
    const nowNs = this.#parts.clock.nowNs();
    return nowNs - (nowNs % this.#intervalNs) + this.#intervalNs;
  }

  /** A round that takes longer than the interval costs the instants that it passes over. */
  #waitFor(timeNs: bigint): void {
    if (this.#stopped) return;
    const delayMs = Math.max(0, Number(timeNs - this.#parts.clock.nowNs()) / 1e6);
    this.#timer = setTimeout(() => {
      this.#round = this.#store(timeNs).finally(() => {
        // Timers may fire a little early.
        const evenNs = this.#nextEvenNs();
        this.#waitFor(evenNs === timeNs ? timeNs + this.#intervalNs : evenNs);
      });
    }, delayMs);
  }

  async #store(timeNs: bigint): Promise<void> {
    const { catalog, accept, statistics, database, onFailure } = this.#parts;
    try {
      const lines = linesOf(await statistics(), hostname(), timeNs);
      if (catalog.database(database) === undefined) await catalog.createDatabase(database, POLICY);
      const request = { database, policy: POLICY.name, precision: 'ns', lines: Buffer.from(lines) } as const;
      const { dropped, lineErrors } = await accept(request);
      const [refusal] = [...dropped.map(({ reason }) => reason), ...lineErrors];
      if (refusal !== undefined) throw new WeirError('invalid', refusal);
      if (this.#isFailing) onFailure(null);
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) onFailure(error);
      this.#isFailing = true;
    }
  }
}

/** A line for each row of figures; one without figures has none. */
export function linesOf(statistics: readonly Statistic[], host: string, timeNs: bigint): string {
  const lines = statistics.map(({ name, tags, values }) => {
    const sorted = Object.entries({ ...tags, hostname: host })
      .filter(([, value]) => value !== '')
      .map(([key, value]) => ({ key, value }))
      .toSorted((a, b) => compareStrings(a.key, b.key));
    const fields = Object.entries(values).map(
      ([key, value]) => Buffer.from(encodeFieldName(key)).toString() + fieldText(value),
    );
    if (fields.length === 0) return '';
    return `${encodeSeriesKey({ measurement: name, tags: sorted })} ${fields.join(',')} ${timeNs}\n`;
  });
  return lines.join('');
}

/** Figures are whole numbers. */
function fieldText(value: StatisticValue): string {
  if (typeof value === 'number') return `${Math.round(value)}i`;
  if (typeof value === 'bigint') return `${value}i`;
  return typeof value === 'boolean' ? `${value}` : `"${value.replace(/["\\]/g, '\\$&')}"`;
}
