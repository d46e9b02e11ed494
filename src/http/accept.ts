// The one way in for points: whoever receives them (HTTP, listeners, the machine's own metrics) hands lines to `AcceptLines`.
//
//     lines ──► policy of the database ──► parse into columns ──► view.write ──► what was stored, what was not and why
import type { Dropped } from '../view/index.ts';

/** The unit of timestamps in lines. */
export type LinePrecision = 'ns' | 'us' | 'ms' | 's' | 'm' | 'h';

export interface LinesRequest {
  readonly database: string;
  /** undefined = the default one. */
  readonly policy: string | undefined;
  readonly precision: LinePrecision;
  /** Line protocol. Not changed afterwards by the caller. */
  readonly lines: Uint8Array;
}

export interface AcceptOutcome {
  /** Points that are durable and visible. */
  readonly written: number;
  /** InfluxDB's text for each line that could not be read, in order: `unable to parse 'x': missing fields`. */
  readonly parseErrors: readonly string[];
  /** Points that were read and refused. */
  readonly dropped: readonly Dropped[];
}

/**
 * Keeps the good points and tells of the others. Rejects with `not found` for an unknown database or policy and with
 * `unavailable` when the log cannot be written: then nothing was stored.
 */
export type AcceptLines = (request: LinesRequest) => Promise<AcceptOutcome>;
