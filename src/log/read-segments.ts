// Reading the log: changes in order, segment by segment, up to where it was durable when the reading was asked for.
import { basename } from 'node:path';
import { WeirError, messageOf } from '../base/index.ts';
import type { Change } from './change.ts';
import { FrameDecoder } from './codec.ts';
import { frameLastSeq, frameSeq } from './frame.ts';
import type { LogFiles } from './log-files.ts';
import type { LoggedChange, Seq, SeriesTables } from './log.ts';
import type { Segment } from './segment-file.ts';
import { SegmentReader } from './segment-reader.ts';

/** Throws `corrupt`, naming file and offset, where a frame is damaged; `unavailable` when the disk cannot be read. */
export async function* readSegments(
  files: LogFiles,
  segments: readonly Segment[],
  after: Seq,
  tables: SeriesTables,
): AsyncGenerator<LoggedChange> {
  for (const segment of segments) {
    if (segment.lastSeq > after) yield* readSegment(files, segment, after, new FrameDecoder(tables));
  }
}

async function* readSegment(
  files: LogFiles,
  segment: Segment,
  after: Seq,
  decoder: FrameDecoder,
): AsyncGenerator<LoggedChange> {
  const file = await attempt(segment, () => files.openRead(segment.path));
  try {
    const reader = new SegmentReader(files, file, segment.run, segment.endBytes);
    let expected = segment.firstSeq;
    while (expected <= segment.lastSeq) {
      const step = reader.next();
      if (step === 'more') {
        await attempt(segment, () => reader.fill());
        continue;
      }
      const { views, at } = reader;
      if (step !== 'frame' || frameSeq(views, at) !== expected) {
        throw damagedError(segment.path, step === 'frame' ? reader.offset : reader.nextOffset, 'a frame is damaged');
      }
      const seq = expected;
      expected = frameLastSeq(views, at) + 1;
      const change = decodeFrame(reader, segment, seq, after, decoder);
      if (change !== null) yield { seq, change };
    }
  } finally {
    await files.close(file);
  }
}

function decodeFrame(
  reader: SegmentReader,
  segment: Segment,
  seq: Seq,
  after: Seq,
  decoder: FrameDecoder,
): Change | null {
  try {
    if (seq > after) return decoder.decode(reader.views, reader.at);
    decoder.skip(reader.views, reader.at);
    return null;
  } catch (error) {
    throw damagedError(segment.path, reader.offset, messageOf(error), error);
  }
}

/** The one form in which damage is reported. */
export function damagedError(path: string, offset: number, reason: string, cause?: unknown): WeirError {
  return new WeirError('corrupt', `the log is damaged in ${path} at byte ${offset}: ${reason}`, cause);
}

async function attempt<T>(segment: Segment, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const why = isGone ? 'it was trimmed meanwhile' : messageOf(error);
    throw new WeirError('unavailable', `the log cannot be read at ${basename(segment.path)}: ${why}`, error);
  }
}
