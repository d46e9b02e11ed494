// Opening the log of a directory: lock it, look it over, cut what a crash left, begin a segment.
import { WeirError, isWeirError, messageOf } from '../base/index.ts';
import { DirectoryLog, type DirectoryLogParts, type Durability } from './directory-log.ts';
import { type DirectoryLock, lockDirectory } from './directory-lock.ts';
import type { LogEvent } from './log-event.ts';
import { type LogFiles, nodeLogFiles } from './log-files.ts';
import type { Seq, SeriesTables } from './log.ts';
import { damagedError } from './read-segments.ts';
import { writeAll } from './segment-file.ts';
import { type LogSurvey, type SegmentSurvey, type SurveyProgress, load, surveyLog } from './survey.ts';

export interface DirectoryLogOptions {
  /** Made when it does not exist. */
  readonly dir: string;
  readonly tables: SeriesTables;
  /** A segment that has reached this is followed by a new one. Default 64 MiB, at most 1 GiB. */
  readonly segmentSizeBytes?: number | undefined;
  /** `os`: changes count as durable when the operating system has them; a power failure may lose them. Default `fsync`. */
  readonly durability?: Durability | undefined;
  /**
   * A position that the log is known to have reached. Should it end before, sequence numbers go on after this all the same, so
   * that new changes are not taken for old ones.
   */
  readonly atLeastSeq?: Seq | undefined;
  readonly onEvent?: ((event: LogEvent) => void) | undefined;
  /** Called after each segment that was looked over. */
  readonly onProgress?: ((progress: SurveyProgress) => void) | undefined;
  /** The disk; tests pass a faulty one. */
  readonly files?: LogFiles | undefined;
}

const DEFAULT_SEGMENT_BYTES = 64 * 1024 * 1024;
const MAX_SEGMENT_BYTES = 1024 * 1024 * 1024;

/**
 * Rejects with `locked` while another log is open on the directory, `corrupt` (naming file and offset) when something that
 * was durable is damaged or missing, `unavailable` when the directory cannot be read. A log that can be read and not
 * written opens, with its `failure` set.
 */
export async function openDirectoryLog(options: DirectoryLogOptions): Promise<DirectoryLog> {
  const { dir, files = nodeLogFiles, atLeastSeq = 0, onEvent = () => undefined } = options;
  return withLockedLog(files, dir, async (lock) => {
    const survey = await surveyLog(files, dir, options.onProgress);
    for (const { damage } of survey.segments) {
      if (damage.length > 0) throw damagedError(damage[0].path, damage[0].offset, damage[0].reason);
    }
    await tidyUp(files, survey, onEvent);
    const { segments } = survey;
    const lastSeq = segments.at(-1)?.lastSeq ?? 0;
    if (lastSeq < atLeastSeq) onEvent({ kind: 'behind', lastSeq, atLeastSeq });
    const parts: DirectoryLogParts = {
      directory: dir,
      files,
      tables: options.tables,
      segmentSizeBytes: Math.min(options.segmentSizeBytes ?? DEFAULT_SEGMENT_BYTES, MAX_SEGMENT_BYTES),
      durability: options.durability ?? 'fsync',
      onEvent,
      lock,
      segments,
      settle: () => settle(files, segments.at(-1)),
      lastSeq,
      atLeastSeq,
    };
    const log = new DirectoryLog(parts);
    await log.start();
    return log;
  });
}

/** Runs `work` on the directory while nobody else has it. The lock stays with the result; after a failure it is let go. */
export async function withLockedLog<T>(
  files: LogFiles,
  directory: string,
  work: (lock: DirectoryLock) => Promise<T>,
): Promise<T> {
  let lock: DirectoryLock | undefined;
  try {
    await files.makeDirectory(directory);
    lock = await lockDirectory(directory);
    return await work(lock);
  } catch (error) {
    await lock?.release();
    if (isWeirError(error)) throw error;
    throw new WeirError('unavailable', `the log in ${directory} cannot be opened: ${messageOf(error)}`, error);
  }
}

/** Removes what no change stands in: ends of segments that were not acknowledged, and segments that were not finished. */
async function tidyUp(files: LogFiles, survey: LogSurvey, onEvent: (event: LogEvent) => void): Promise<void> {
  for (const path of survey.unfinished) await files.unlink(path).catch(() => undefined);
  for (const segment of survey.segments) {
    const { path, endBytes, tail } = segment;
    if (tail === null) continue;
    // Of use to the disk only: a segment voids what stands behind the changes of the one before it.
    await withWritable(files, path, (file) => files.truncate(file, endBytes)).catch(() => undefined);
    onEvent({ kind: 'tail cut', path, offset: endBytes, sizeBytes: tail.sizeBytes });
  }
}

/**
 * Makes durable what was read at the end of the log. The process that wrote it may have been killed before it could sync; or
 * while it dealt with a sync that had failed, and then the kernel shows bytes that it will never write. So they are written
 * again.
 */
async function settle(files: LogFiles, segment: SegmentSurvey | undefined): Promise<void> {
  const last = segment?.intact.at(-1);
  if (segment === undefined || last === undefined) return;
  await withWritable(files, segment.path, async (file) => {
    const { u8 } = await load(files, file, last.lastCommitBytes, last.endBytes);
    await writeAll(files, file, u8.subarray(0, last.endBytes - last.lastCommitBytes), last.lastCommitBytes);
    await files.sync(file);
  });
}

async function withWritable(files: LogFiles, path: string, work: (file: number) => Promise<void>): Promise<void> {
  const file = await files.openWrite(path);
  try {
    await work(file);
  } finally {
    await files.close(file);
  }
}
