// Reads all of a shard once without keeping it: what it holds, and what of it is damaged. Checksums of blocks, the order of
// the index, records of the WAL. Nothing of a shard is imported before this has been done.
import { isWeirError, messageOf } from '../../../base/index.ts';
import { ALL_TIME, type SeriesTable, type TimeRange } from '../../../model/index.ts';
import { seriesEnd } from '../composite-key.ts';
import type { ShardFiles, StoredFile } from '../directory.ts';
import { Tombstones, readTombstones } from '../tsm/tombstones.ts';
import { TsmFile } from '../tsm/tsm-file.ts';
import { TsmIndex } from '../tsm/tsm-index.ts';
import { WalDeletes } from '../wal/wal-deletes.ts';
import type { WalEntry } from '../wal/wal-entry.ts';
import { readWalSegment } from '../wal/wal-segment.ts';
import { closeTsmFiles, openTsmFiles } from './open-files.ts';
import { SeriesCursor } from './series-cursor.ts';

const WINDOW_BYTES = 1024 * 1024;

export interface ShardSurvey {
  readonly tsm: readonly SurveyedTsm[];
  readonly wal: readonly StoredFile[];
  readonly walDeletes: WalDeletes;
  /** Of all files: those count too that were overwritten or deleted later on. */
  readonly valueCount: number;
  /** From the first to the last value; undefined when there is none. */
  readonly range: TimeRange | undefined;
  /** What cannot be read, and what is lost with it: a sentence each. */
  readonly damage: readonly string[];
  /** The same for half-written ends of WAL segments, which influxd passes over as well. */
  readonly torn: readonly string[];
}

/** A TSM file with what is to be left out of it. */
export interface SurveyedTsm {
  readonly path: string;
  readonly tombstones: Tombstones;
  /** Offsets. */
  readonly damagedBlocks: ReadonlySet<number>;
  /** The index is readable up to here. */
  readonly indexEnd: number;
}

/** A survey under way. */
interface Findings {
  readonly tsm: SurveyedTsm[];
  readonly walDeletes: WalDeletes;
  readonly series: SeriesTable;
  readonly damage: string[];
  readonly torn: string[];
  walEntries: number;
  valueCount: number;
  range: TimeRange | undefined;
}

/**
 * Adds the shard's series to `series`, under the keys that they have in the files. `onBytes` is told of each piece that has
 * been read. Rejects only when the system cannot read a file.
 */
export async function surveyShard(
  files: ShardFiles,
  series: SeriesTable,
  onBytes: (count: number) => void,
): Promise<ShardSurvey> {
  const findings: Findings = {
    tsm: [],
    walDeletes: new WalDeletes(),
    series,
    damage: [],
    torn: [],
    walEntries: 0,
    valueCount: 0,
    range: undefined,
  };
  for (const { path } of files.tsm) await surveyTsm(path, findings, onBytes);
  for (const file of files.wal) {
    await surveyWal(file.path, findings);
    onBytes(file.sizeBytes);
  }
  noteTsmSeries(findings.tsm, series);
  const { tsm, walDeletes, valueCount, range, damage, torn } = findings;
  return { tsm, wal: files.wal, walDeletes, valueCount, range, damage, torn };
}

async function surveyTsm(path: string, findings: Findings, onBytes: (count: number) => void): Promise<void> {
  const file = orLost(
    findings,
    () => 'all values of this file',
    () => new TsmFile(path, WINDOW_BYTES),
  );
  if (file === undefined) return;
  try {
    const damagedBlocks = new Set<number>();
    const indexEnd = surveyIndex(file, damagedBlocks, findings, onBytes);
    const tombstonePath = path.replace(/\.tsm$/, '.tombstone');
    const tombstones = await readTombstones(tombstonePath).catch((error: unknown) => {
      lose(findings, error, 'which of its values were deleted');
      return new Tombstones();
    });
    findings.tsm.push({ path, tombstones, damagedBlocks, indexEnd });
  } finally {
    file.close();
  }
}

/** Returns up to where the index can be read. */
function surveyIndex(
  file: TsmFile,
  damagedBlocks: Set<number>,
  findings: Findings,
  onBytes: (count: number) => void,
): number {
  const index = new TsmIndex(file, WINDOW_BYTES);
  try {
    for (;;) {
      const entry = orLost(
        findings,
        () => 'the values of all keys from there on',
        () => index.next(),
      );
      if (entry === undefined) return index.offset;
      for (const place of entry.places) {
        const count = orLost(
          findings,
          () => `values of ${keyText(entry.key)}`,
          () => file.verifyBlock(place),
        );
        if (count === undefined) damagedBlocks.add(place.offset);
        findings.valueCount += count ?? 0;
        note(findings, place.minNs, place.maxNs);
        onBytes(place.sizeBytes);
      }
    }
  } finally {
    index.close();
  }
}

async function surveyWal(path: string, findings: Findings): Promise<void> {
  for await (const record of readWalSegment(path)) {
    if (record.kind === 'entry') {
      surveyEntry(record.entry, findings);
      continue;
    }
    const text = `${path} at byte ${record.offset}: ${record.reason}; ${record.sizeBytes} bytes are passed over`;
    if (record.kind === 'torn') findings.torn.push(text);
    else findings.damage.push(`${text}, with the writes and deletes in them`);
  }
}

function surveyEntry(entry: WalEntry, findings: Findings): void {
  const ordinal = findings.walEntries++;
  if (entry.op === 'delete') {
    findings.walDeletes.add(ordinal, entry);
    return;
  }
  for (const { key, count, minNs, maxNs } of entry.values) {
    findings.series.intern(key, 0, seriesEnd(key));
    findings.valueCount += count;
    note(findings, minNs, maxNs);
  }
}

/** Series of which something is left. */
function noteTsmSeries(files: readonly SurveyedTsm[], series: SeriesTable): void {
  const opened = openTsmFiles(files);
  try {
    const cursor = new SeriesCursor(opened, ALL_TIME);
    for (let each = cursor.next(); each !== undefined; each = cursor.next())
      series.intern(each.key, 0, each.key.length);
  } finally {
    closeTsmFiles(opened);
  }
}

/** Both ends included. */
function note(findings: Findings, minNs: bigint, maxNs: bigint): void {
  const { range } = findings;
  if (range === undefined) findings.range = { startNs: minNs, endNs: maxNs + 1n };
  else if (minNs < range.startNs || maxNs >= range.endNs) {
    const startNs = minNs < range.startNs ? minNs : range.startNs;
    findings.range = { startNs, endNs: maxNs >= range.endNs ? maxNs + 1n : range.endNs };
  }
}

/** What `read` returns, or undefined when it finds damage, which is written down together with what is lost. */
function orLost<T>(findings: Findings, lost: () => string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    lose(findings, error, lost());
    return undefined;
  }
}

function lose(findings: Findings, error: unknown, lost: string): void {
  if (!isWeirError(error, 'corrupt')) throw error;
  findings.damage.push(`${messageOf(error)}; lost: ${lost}`);
}

function keyText(key: Uint8Array): string {
  return JSON.stringify(Buffer.from(key).toString('utf8'));
}
