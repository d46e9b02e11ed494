// Segments by name, and how one comes into being: written under another name, then renamed, so that whatever bears a
// segment's name has a whole header. Takes the place of an empty segment of the same name, which holds nothing.
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { SEGMENT_HEADER_BYTES, encodeLostFrame, encodeSegmentHeader } from './frame.ts';
import type { LogFiles } from './log-files.ts';
import type { Seq } from './log.ts';

/** The first seq in 16 digits: the order of names is the order of changes. */
const NAME = /^(\d{16})\.log$/;
export const UNFINISHED_SUFFIX = '.new';

export function segmentName(firstSeq: Seq): string {
  return `${String(firstSeq).padStart(16, '0')}.log`;
}

/** undefined for other files. */
export function firstSeqOfName(name: string): Seq | undefined {
  const match = NAME.exec(name);
  return match === null ? undefined : Number(match[1]);
}

/** A stretch of the log that is whole: changes (firstSeq - 1, lastSeq] in the bytes before `endBytes`. */
export interface Segment {
  readonly path: string;
  readonly run: number;
  readonly firstSeq: Seq;
  /** firstSeq - 1 when there is none. */
  readonly lastSeq: Seq;
  readonly endBytes: number;
}

/** A new run number: never 0, which is what unwritten bytes hold. */
export function newRun(): number {
  return randomInt(1, 2 ** 32);
}

/**
 * Creates the segment and resolves, once it and its name are durable, with its descriptor and length. With `lostThrough` it
 * starts by saying that the changes [firstSeq, lostThrough] are gone. After a failure there may be such a segment or not.
 */
export async function createSegment(
  files: LogFiles,
  directory: string,
  firstSeq: Seq,
  run: number,
  lostThrough?: Seq,
): Promise<{ readonly file: number; readonly endBytes: number }> {
  const path = join(directory, segmentName(firstSeq));
  const file = await files.create(path + UNFINISHED_SUFFIX);
  try {
    let endBytes = SEGMENT_HEADER_BYTES;
    await writeAll(files, file, encodeSegmentHeader({ run, firstSeq }), 0);
    if (lostThrough !== undefined) {
      const frame = encodeLostFrame(run, firstSeq, lostThrough);
      await writeAll(files, file, frame, endBytes);
      endBytes += frame.length;
    }
    await files.sync(file);
    await files.rename(path + UNFINISHED_SUFFIX, path);
    await files.syncDirectory(directory);
    return { file, endBytes };
  } catch (error) {
    await files.close(file).catch(() => undefined);
    throw error;
  }
}

/** Writes all of it, however little the system takes at once. */
export async function writeAll(files: LogFiles, file: number, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const written = await files.write(file, done === 0 ? bytes : bytes.subarray(done), position + done);
    if (written === 0) throw new Error('the system wrote nothing, and named no error');
    done += written;
  }
}
