// What the parts of a server count and know about themselves, gathered in one place: SHOW STATS, SHOW DIAGNOSTICS, the
// database `_internal`, /debug/vars and /metrics all read it here.

export type StatisticValue = number | bigint | string | boolean;

/** One row of figures, by InfluxDB's names where it has them: `httpd`, tag `bind=:8086`, value `queryReq=12`. */
export interface Statistic {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Totals since the start, and present levels. Numbers are whole: they are stored as integers. */
  readonly values: Readonly<Record<string, StatisticValue>>;
}

/** A table about what is so at present: `build`, `network`, the last error of each continuous query. */
export interface Diagnostic {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: ReadonlyArray<ReadonlyArray<StatisticValue | null>>;
}

/** Asked whenever somebody looks; it must be quick and must not throw. */
export type StatisticSource = () => readonly Statistic[];
export type DiagnosticSource = () => readonly Diagnostic[];

export class Statistics {
  readonly #statistics = new Set<StatisticSource>();
  readonly #diagnostics = new Set<DiagnosticSource>();

  /** Returns what takes the source out again. */
  addStatistics(source: StatisticSource): () => void {
    this.#statistics.add(source);
    return () => void this.#statistics.delete(source);
  }

  /** Returns what takes the source out again. */
  addDiagnostics(source: DiagnosticSource): () => void {
    this.#diagnostics.add(source);
    return () => void this.#diagnostics.delete(source);
  }

  /** In the order in which the sources came. */
  statistics(): readonly Statistic[] {
    return [...this.#statistics].flatMap((source) => source());
  }

  /** In the order in which the sources came. */
  diagnostics(): readonly Diagnostic[] {
    return [...this.#diagnostics].flatMap((source) => source());
  }
}
