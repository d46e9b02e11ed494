// The one way in for points: whoever receives them (HTTP, the machine's own metrics, listeners) hands lines to `AcceptLines`.
//
//     lines ──► policy of the database ──► parse into columns ──► view.write ──► what was stored, what was not and why
import type { Clock } from '../base/index.ts';
import type { Catalog } from '../catalog/index.ts';
import type { StoredPart, StoredTarget } from '../ladder/index.ts';
import { type BodyPart, type Precision, parseLineProtocol } from '../line-protocol/index.ts';
import type { Dropped, ViewDoor } from '../view/index.ts';

export interface LinesRequest {
  readonly database: string;
  /** undefined = the default one. */
  readonly policy: string | undefined;
  readonly precision: Precision;
  /** Line protocol. Nobody changes it afterwards. */
  readonly lines: Uint8Array;
  /** The part of the policy that they are of; undefined = points that come as ever. */
  readonly stored?: StoredPart | undefined;
  /** Where it was put together from several texts that came at several times. */
  readonly parts?: readonly BodyPart[] | undefined;
}

export interface AcceptOutcome {
  /** Points that are durable and visible. */
  readonly written: number;
  /** InfluxDB's text for the first lines that could not be read: `unable to parse 'x': missing fields`. */
  readonly lineErrors: readonly string[];
  /** How many lines could not be read. */
  readonly lineErrorCount: number;
  /** Points that were read and refused. */
  readonly dropped: readonly Dropped[];
}

/**
 * Keeps the good points and tells of the others. Rejects with `not found` for an unknown database or policy and with
 * `unavailable` when the log cannot be written: then nothing was stored.
 */
export type AcceptLines = (request: LinesRequest) => Promise<AcceptOutcome>;

export interface AcceptParts {
  readonly catalog: Catalog;
  readonly view: ViewDoor;
  readonly clock: Clock;
  /** Whether `1u` is a number. */
  readonly unsigned: boolean;
  /** Where points of a part go; undefined = where they ever do. */
  readonly openStored: (database: string, policy: string, part: StoredPart) => Promise<StoredTarget | undefined>;
}

export function createAccept(parts: AcceptParts): AcceptLines {
  const { catalog, view, clock, unsigned, openStored } = parts;
  return async ({ database, policy, precision, lines, parts: bodyParts, stored: part }) => {
    const own = catalog.policy(database, policy);
    const target = part === undefined ? undefined : await openStored(database, own.name, part);
    const { bucket } = target ?? own;
    const series = view.seriesTable(bucket.id);
    const defaultTimeNs = clock.nowNs();
    const admit = view.admission(bucket.id);
    const options = { series, admit, precision, defaultTimeNs, parts: bodyParts, unsigned };
    const parsed = parseLineProtocol(lines, options);
    target?.check(parsed.batch);
    const stored = parsed.rowCount === 0 ? { written: 0, dropped: [] } : await view.write(bucket, parsed.batch);
    return {
      written: stored.written,
      lineErrors: parsed.errors.map(({ text }) => text),
      lineErrorCount: parsed.errorCount,
      dropped: [...parsed.dropped, ...stored.dropped],
    };
  };
}
