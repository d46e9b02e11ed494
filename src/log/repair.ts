// Passing over damage, on an operator's demand. Each damaged segment is written anew from its intact frames, with frames in
// between that say which changes are gone; the damaged bytes are kept in a folder. What a destroyed frame defined is
// looked for in other segments of the same run, where series ids mean the same.
//
//     0…1.log  │ 1 … 40 │ ▒▒▒▒▒▒ │ 44 … 90 │          damaged/0…1.log.8192-9000  │ ▒▒▒▒▒▒ │
//        ▼
//     0…1.log  │ 1 … 40 │ lost 41 … 43 │ 44 … 90 │
import { basename, dirname, join } from 'node:path';
import { isWeirError } from '../base/index.ts';
import { SeriesTable } from '../model/index.ts';
import type { Change } from './change.ts';
import { FrameDecoder, FrameEncoder } from './codec.ts';
import { FrameBuffer } from './frame-buffer.ts';
import { encodeLostFrame, encodeSegmentHeader, frameBytes, frameLastSeq, frameSeq } from './frame.ts';
import { type LogFiles, nodeLogFiles } from './log-files.ts';
import type { Seq, SeriesTables } from './log.ts';
import { withLockedLog } from './open-directory-log.ts';
import { UNFINISHED_SUFFIX, newRun, writeAll } from './segment-file.ts';
import { SegmentReader } from './segment-reader.ts';
import { type Damage, type SegmentSurvey, load, surveyLog } from './survey.ts';

export interface LostPart extends Damage {
  /** The copy of the bytes; null when there were none. */
  readonly savedTo: string | null;
}

export interface RepairReport {
  /** In order; empty when nothing was damaged. */
  readonly lost: readonly LostPart[];
}

const DAMAGED_FOLDER = 'damaged';
const WRITE_BYTES = 8 * 1024 * 1024;

/**
 * Leaves a log that opens. Safe to run again after it was interrupted. Rejects with `locked` while the log is open,
 * `unavailable` when the disk fails.
 */
export async function repairDirectoryLog(directory: string, files: LogFiles = nodeLogFiles): Promise<RepairReport> {
  let report: RepairReport = { lost: [] };
  const lock = await withLockedLog(files, directory, async (held) => {
    const { segments } = await surveyLog(files, directory);
    const damaged = segments.filter((segment) => segment.damage.length > 0);
    if (damaged.length > 0) report = await repairSegments(files, directory, segments, damaged);
    return held;
  });
  await lock.release();
  return report;
}

async function repairSegments(
  files: LogFiles,
  directory: string,
  segments: readonly SegmentSurvey[],
  damaged: readonly SegmentSurvey[],
): Promise<RepairReport> {
  await files.makeDirectory(join(directory, DAMAGED_FOLDER));
  const ownTables = new Map<string, SeriesTable>();
  const tables: SeriesTables = (bucketId) => {
    const table = ownTables.get(bucketId) ?? new SeriesTable();
    ownTables.set(bucketId, table);
    return table;
  };
  const decoders = new Map(damaged.map(({ run }) => [run, new FrameDecoder(tables)] as const));
  for (const segment of segments) {
    const decoder = decoders.get(segment.run);
    if (decoder !== undefined) await learnSeries(files, segment, decoder);
  }
  const lost: LostPart[] = [];
  for (const segment of damaged) {
    const decoder = decoders.get(segment.run);
    if (decoder !== undefined) lost.push(...(await rewrite(files, segment, decoder, tables)));
  }
  return { lost };
}

async function learnSeries(files: LogFiles, segment: SegmentSurvey, decoder: FrameDecoder): Promise<void> {
  await withFile(files, segment.path, async (file) => {
    for await (const reader of framesOf(files, file, segment)) decoder.skip(reader.views, reader.at);
  });
}

/** Replaces the segment and returns what it has lost. */
async function rewrite(
  files: LogFiles,
  segment: SegmentSurvey,
  decoder: FrameDecoder,
  tables: SeriesTables,
): Promise<LostPart[]> {
  const lost: LostPart[] = [];
  for (const damage of segment.damage) lost.push({ ...damage, savedTo: await save(files, damage) });
  const path = segment.path + UNFINISHED_SUFFIX;
  const writer = await SegmentRewriter.create(files, path, segment.firstSeq, tables);
  try {
    await withFile(files, segment.path, async (file) => {
      for await (const reader of framesOf(files, file, segment)) {
        const { views, at, offset } = reader;
        const seq = frameSeq(views, at);
        const toSeq = frameLastSeq(views, at);
        await writer.skipTo(seq);
        const change = decodeOrReason(decoder, reader);
        if (typeof change === 'object') await writer.add(change, seq, toSeq);
        else {
          const sizeBytes = frameBytes(views, at);
          const damage = { path: segment.path, offset, sizeBytes, fromSeq: seq, toSeq, reason: change };
          lost.push({ ...damage, savedTo: await save(files, damage) });
        }
      }
    });
    await writer.skipTo(lastKnownSeq(segment) + 1);
    await writer.finish();
  } finally {
    await writer.close();
  }
  await files.rename(path, segment.path);
  await files.syncDirectory(dirname(path));
  return lost.toSorted((a, b) => a.fromSeq - b.fromSeq || a.offset - b.offset);
}

/** A frame may be intact, and yet tell of series whose keys stood in a destroyed one. */
function decodeOrReason(decoder: FrameDecoder, reader: SegmentReader): Change | null | string {
  try {
    return decoder.decode(reader.views, reader.at);
  } catch (error) {
    if (isWeirError(error, 'corrupt')) return error.message;
    throw error;
  }
}

function lastKnownSeq(segment: SegmentSurvey): Seq {
  return Math.max(segment.lastSeq, ...segment.damage.map(({ toSeq }) => toSeq ?? 0));
}

/** Writes the new copy of a segment. */
class SegmentRewriter {
  readonly #files: LogFiles;
  readonly #file: number;
  readonly #run: number = newRun();
  readonly #encoder: FrameEncoder;
  readonly #buffer = new FrameBuffer(1024 * 1024, 2 * WRITE_BYTES);
  #position = 0;
  #nextSeq: Seq;

  private constructor(files: LogFiles, file: number, firstSeq: Seq, tables: SeriesTables) {
    this.#files = files;
    this.#file = file;
    this.#encoder = new FrameEncoder(tables);
    this.#encoder.begin(this.#run);
    this.#nextSeq = firstSeq;
    this.#buffer.put(encodeSegmentHeader({ run: this.#run, firstSeq }));
  }

  static async create(files: LogFiles, path: string, firstSeq: Seq, tables: SeriesTables): Promise<SegmentRewriter> {
    return new SegmentRewriter(files, await files.create(path), firstSeq, tables);
  }

  /** Whatever lies between the last change and this one is lost. */
  async skipTo(seq: Seq): Promise<void> {
    if (seq <= this.#nextSeq) return;
    this.#buffer.put(encodeLostFrame(this.#run, this.#nextSeq, seq - 1));
    this.#nextSeq = seq;
  }

  /** null: the changes [seq, lastSeq] were given up in an earlier repair. */
  async add(change: Change | null, seq: Seq, lastSeq: Seq): Promise<void> {
    if (change === null) this.#buffer.put(encodeLostFrame(this.#run, seq, lastSeq));
    // Nothing here counts before all of it is durable, so no frame may say that those before it were not.
    else this.#encoder.encode(this.#buffer, change, seq, 0);
    this.#nextSeq = lastSeq + 1;
    if (this.#buffer.length >= WRITE_BYTES) await this.#flush();
  }

  async finish(): Promise<void> {
    await this.#flush();
    await this.#files.sync(this.#file);
  }

  close(): Promise<void> {
    return this.#files.close(this.#file);
  }

  async #flush(): Promise<void> {
    await writeAll(this.#files, this.#file, this.#buffer.bytes(), this.#position);
    this.#position += this.#buffer.length;
    this.#buffer.clear();
  }
}

/** Copies the bytes into the folder of damaged parts. */
async function save(files: LogFiles, damage: Damage): Promise<string | null> {
  const { path, offset, sizeBytes } = damage;
  if (sizeBytes === 0) return null;
  const folder = join(dirname(path), DAMAGED_FOLDER);
  const savedTo = join(folder, `${basename(path)}.${offset}-${offset + sizeBytes}`);
  const bytes = await withFile(files, path, async (file) => {
    const { u8 } = await load(files, file, offset, offset + sizeBytes);
    return u8.subarray(0, sizeBytes);
  });
  const copy = await files.create(savedTo);
  try {
    await writeAll(files, copy, bytes, 0);
    await files.sync(copy);
  } finally {
    await files.close(copy);
  }
  await files.syncDirectory(folder);
  return savedTo;
}

/** The reader at each intact frame of the segment, in order. */
async function* framesOf(files: LogFiles, file: number, segment: SegmentSurvey): AsyncGenerator<SegmentReader> {
  for (const stretch of segment.intact) {
    const reader = new SegmentReader(files, file, segment.run, stretch.endBytes, stretch.startBytes);
    for (let step = reader.next(); step === 'frame' || step === 'more'; step = reader.next()) {
      if (step === 'frame') yield reader;
      else await reader.fill();
    }
  }
}

async function withFile<T>(files: LogFiles, path: string, work: (file: number) => Promise<T>): Promise<T> {
  const file = await files.openRead(path);
  try {
    return await work(file);
  } finally {
    await files.close(file);
  }
}
