// What one parse of one body carries from line to line.
import type { BatchBuilder, MeasurementBuilder } from './batch-builder.ts';
import type { FieldScan } from './field-scan.ts';
import type { KeyScan } from './key-scan.ts';
import type { KnownKeys } from './known-keys.ts';
import type { LineReport } from './line-report.ts';
import type { SeriesTable } from '../model/index.ts';
import type { TimeUnit } from './timestamp.ts';

export interface ParseState {
  readonly bytes: Uint8Array;
  /** The same bytes, to read four or eight at a time. */
  readonly words: DataView;
  /** Where the part of the body that is being read ends. */
  end: number;
  /** The last newline before `end`; -1 = none. Lines before it can be read without looking for the end. */
  lastNewline: number;
  /** Whether the whole body is UTF-8: else each line is looked at. */
  readonly isUtf8: boolean;
  readonly unit: TimeUnit;
  readonly unsigned: boolean;
  /** The time of lines without one, in the part that is being read. */
  defaultSeconds: number;
  defaultNanos: number;

  readonly series: SeriesTable;
  /** null = every new series is welcome. */
  readonly admit: ((key: string) => string | null) | null;
  readonly keys: KnownKeys;
  readonly batch: BatchBuilder;
  /** By ordinal in the series table. */
  readonly measurements: Map<number, MeasurementBuilder>;
  readonly report: LineReport;

  /** Where the next line starts. */
  position: number;
  rowCount: number;
  /** How far the fast path has come in the line at `position`. */
  cursor: number;
  /** The measurement of the last fast line, and its ordinal; -1 = none yet. */
  lastOrdinal: number;
  lastMeasurement: MeasurementBuilder | null;
  /** The digits of the last timestamp in the body, and what they mean: most lines repeat them. */
  timeStart: number;
  timeLength: number;
  seconds: number;
  nanos: number;

  readonly keyScan: KeyScan;
  readonly fieldScan: FieldScan;
  readonly spot: SeriesSpot;
  /** Room for a key whose tags had to be sorted. */
  readonly canonicalKey: Uint8Array;
  readonly canonicalWords: DataView;
}

/** The canonical key of the line that is being stored, and the series that it names. Reused from line to line. */
export interface SeriesSpot {
  words: DataView;
  start: number;
  end: number;
  hash: number;
  /** -1 = not in the series table yet. */
  id: number;
}
