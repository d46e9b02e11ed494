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
    this.#wait(this.#untilEven() + parts.intervalMs);
  }

  /** Resolves when the round that is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#round;
  }

  #wait(delayMs: number): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#round = this.#store().finally(() => this.#wait(this.#untilEven()));
    }, delayMs);
  }

  #untilEven(): number {
    const { clock, intervalMs } = this.#parts;
    return intervalMs - (Number(clock.nowNs() / 1_000_000n) % intervalMs);
  }

  async #store(): Promise<void> {
    const { catalog, accept, clock, statistics, database, intervalMs, onFailure } = this.#parts;
    const intervalNs = BigInt(intervalMs) * 1_000_000n;
    const nowNs = clock.nowNs();
    try {
      const lines = linesOf(await statistics(), hostname(), nowNs - (nowNs % intervalNs));
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
      ([key, value]) => `${Buffer.from(encodeFieldName(key))}${fieldText(value)}`,
    );
    if (fields.length === 0) return '';
    return `${encodeSeriesKey({ measurement: name, tags: sorted })} ${fields.join(',')} ${timeNs}\n`;
  });
  return lines.join('');
}

/** Figures are whole numbers. */
function fieldText(value: StatisticValue): string {
  switch (typeof value) {
    case 'number':
      return `${Math.round(value)}i`;
    case 'bigint':
      return `${value}i`;
    case 'string':
      return `"${value.replace(/["\\]/g, '\\$&')}"`;
    case 'boolean':
      return `${value}`;
  }
}
