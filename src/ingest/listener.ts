// What a listener is to the server that runs it, and what it needs of it.
import type { Diagnostic, Fault, Statistic } from '../base/index.ts';
import type { BodyPart, Precision } from '../line-protocol/index.ts';

export interface Listener {
  /** `HOST:PORT` */
  readonly address: string;
  /** Under InfluxDB's names. */
  statistics(): readonly Statistic[];
  diagnostics(): readonly Diagnostic[];
  /** Takes nothing more, stores what it has taken, and resolves when that is done. */
  stop(): Promise<void>;
}

/** Where to listen, and how the settings write it: statistics are told apart by that. */
export interface Bind {
  /** Empty = every address of the machine. */
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
}

export interface ListenerParts {
  readonly store: StoreLines;
  readonly onFault: (fault: Fault) => void;
  /** Nanoseconds since the Unix epoch. */
  readonly nowNs: () => bigint;
}

export interface Batching {
  readonly batchPoints: number;
  /** Batches that may wait while one is being stored. */
  readonly maxPendingBatches: number;
  /** How long points wait for a batch to fill. */
  readonly timeoutMs: number;
}

/** Line protocol that was put together from several texts. */
export interface Lines {
  readonly bytes: Uint8Array;
  readonly parts: readonly BodyPart[];
  readonly precision: Precision;
}

/** What became of a batch. */
export interface StoreOutcome {
  readonly written: number;
  /** Lines that are not line protocol, and the reason for the first. */
  readonly badLineCount: number;
  readonly badLine: string | undefined;
  /** Points that were read and refused, and the reason for the first. */
  readonly droppedCount: number;
  readonly dropped: string | undefined;
}

/** Rejects with `unavailable` for what may be tried again; nothing was stored then. */
export type StoreLines = (lines: Lines) => Promise<StoreOutcome>;

/** As settings write it: `:2003`, `[::1]:2003`. */
export function bindText({ host, port }: Bind): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
