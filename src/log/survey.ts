// Looks over a whole log directory: which frames are intact and in sequence, what was torn by a crash, what is damaged. The
// answer is plain data: opening refuses a log with damage, repair works from the same answer.
import { join } from 'node:path';
import { WeirError } from '../base/index.ts';
import { type ByteViews, align8, viewsOf } from './frame-buffer.ts';
import {
  SEGMENT_HEADER_BYTES,
  decodeSegmentHeader,
  frameIndex,
  frameLastSeq,
  frameSeq,
  isFrameHeader,
} from './frame.ts';
import type { LogFiles } from './log-files.ts';
import type { Seq } from './log.ts';
import { type Segment, UNFINISHED_SUFFIX, firstSeqOfName, segmentName } from './segment-file.ts';
import { SegmentReader } from './segment-reader.ts';
import { judge } from './torn-or-damaged.ts';

/** Intact frames, one after the other. */
export interface Stretch {
  readonly startBytes: number;
  readonly endBytes: number;
  readonly firstSeq: Seq;
  readonly lastSeq: Seq;
  /** Where the last commit starts: all before it was durable when that was written. */
  readonly lastCommitBytes: number;
}

export interface Damage {
  /** The segment, by its path, and where in it. */
  readonly path: string;
  readonly offset: number;
  /** 0 when changes are missing without a trace. */
  readonly sizeBytes: number;
  /** The changes that are lost. `toSeq` < `fromSeq`: none; null: nobody can tell how many. */
  readonly fromSeq: Seq;
  readonly toSeq: Seq | null;
  readonly reason: string;
}

/** Bytes after the last frame that hold nothing acknowledged. */
export interface Tail {
  readonly sizeBytes: number;
  /** `torn`: a crash cut the last commit short. `rejected`: a commit that failed, as the next segment shows. */
  readonly kind: 'torn' | 'rejected';
}

export interface SegmentSurvey extends Segment {
  readonly intact: readonly Stretch[];
  readonly damage: readonly Damage[];
  readonly tail: Tail | null;
}

export interface LogSurvey {
  /** In order. */
  readonly segments: readonly SegmentSurvey[];
  /** Paths of segments that were never finished; they hold nothing. */
  readonly unfinished: readonly string[];
}

export interface SurveyProgress {
  readonly segmentsDone: number;
  readonly segmentCount: number;
  readonly bytesDone: number;
}

export async function surveyLog(
  files: LogFiles,
  directory: string,
  onProgress?: (progress: SurveyProgress) => void,
): Promise<LogSurvey> {
  const names = (await files.names(directory)).toSorted();
  const unfinished = names.filter((name) => name.endsWith(`.log${UNFINISHED_SUFFIX}`));
  const firsts = names.map(firstSeqOfName).filter((seq) => seq !== undefined);
  const segments: SegmentSurvey[] = [];
  let bytesDone = 0;
  for (const [i, firstSeq] of firsts.entries()) {
    const segment = await surveySegment(files, join(directory, segmentName(firstSeq)), firstSeq, firsts[i + 1]);
    segments.push(segment);
    bytesDone += segment.endBytes;
    onProgress?.({ segmentsDone: i + 1, segmentCount: firsts.length, bytesDone });
  }
  return { segments, unfinished: unfinished.map((name) => join(directory, name)) };
}

/** `limit`: the first seq of the next segment, which must follow without a gap; undefined for the last one. */
async function surveySegment(
  files: LogFiles,
  path: string,
  firstSeq: Seq,
  limit: Seq | undefined,
): Promise<SegmentSurvey> {
  const file = await files.openRead(path);
  try {
    const fileBytes = await files.sizeBytes(file);
    const headBytes = Math.min(fileBytes, 2 * SEGMENT_HEADER_BYTES);
    const head = await load(files, file, 0, headBytes);
    const header = judgeHeader(head, headBytes, path, firstSeq);
    if (header.run === undefined) {
      const toSeq = limit === undefined ? null : limit - 1;
      const damage = [{ path, offset: 0, sizeBytes: fileBytes, fromSeq: firstSeq, toSeq, reason: header.reason }];
      const lastSeq = firstSeq - 1;
      return { path, run: 0, firstSeq, lastSeq, endBytes: fileBytes, intact: [], damage, tail: null };
    }
    const frames = await surveyFrames({ files, file, path, fileBytes, run: header.run, firstSeq, limit });
    if (header.reason === '') return { path, run: header.run, firstSeq, ...frames };
    const sizeBytes = SEGMENT_HEADER_BYTES;
    const harmless = { path, offset: 0, sizeBytes, fromSeq: firstSeq, toSeq: firstSeq - 1, reason: header.reason };
    return { path, run: header.run, firstSeq, ...frames, damage: [harmless, ...frames.damage] };
  } finally {
    await files.close(file);
  }
}

/** `reason` '' = all is well. A damaged header can be done without when the first frame tells the run. */
function judgeHeader(
  head: ByteViews,
  headBytes: number,
  path: string,
  firstSeq: Seq,
): { readonly run: number | undefined; readonly reason: string } {
  const header = decodeSegmentHeader(head.u8.subarray(0, headBytes));
  if (typeof header === 'string') {
    const run = head.u32.length > 9 ? head.u32[(SEGMENT_HEADER_BYTES >> 2) + 1] : 0;
    const isKnown = isFrameHeader(head, SEGMENT_HEADER_BYTES, headBytes, run);
    return { run: isKnown ? run : undefined, reason: header };
  }
  if (header.version !== undefined) {
    throw new WeirError('invalid', `${path} was written by a later version of Weir (log format ${header.version})`);
  }
  if (header.firstSeq === firstSeq) return { run: header.run, reason: '' };
  return { run: header.run, reason: `the segment header says that it starts at change ${header.firstSeq}` };
}

interface SegmentParts {
  readonly files: LogFiles;
  readonly file: number;
  readonly path: string;
  readonly fileBytes: number;
  readonly run: number;
  readonly firstSeq: Seq;
  readonly limit: Seq | undefined;
}

type FramesSurvey = Pick<SegmentSurvey, 'lastSeq' | 'endBytes' | 'intact' | 'damage' | 'tail'>;

async function surveyFrames(segment: SegmentParts): Promise<FramesSurvey> {
  const { files, file, path, fileBytes, run, firstSeq, limit } = segment;
  const intact: Stretch[] = [];
  const damage: Damage[] = [];
  let tail: Tail | null = null;
  let expected = firstSeq;
  let offset = SEGMENT_HEADER_BYTES;
  for (;;) {
    const stretch = await surveyStretch(segment, offset, expected);
    if (stretch.lastSeq >= stretch.firstSeq) intact.push(stretch);
    offset = stretch.endBytes;
    expected = stretch.lastSeq + 1;
    if (offset >= fileBytes) break;
    if (limit !== undefined && expected >= limit) {
      tail = { sizeBytes: fileBytes - offset, kind: 'rejected' };
      break;
    }
    const rest = await load(files, file, offset, fileBytes);
    const verdict = judge(rest, fileBytes - offset, offset, run, expected, limit);
    if (verdict.kind === 'torn') {
      tail = { sizeBytes: fileBytes - offset, kind: 'torn' };
      break;
    }
    const toSeq = verdict.resumeSeq === null ? verdict.lastKnownSeq : verdict.resumeSeq - 1;
    const sizeBytes = verdict.resumeAt ?? fileBytes - offset;
    const reason = sizeBytes === 0 ? `change ${expected} should stand here` : 'a frame is damaged';
    damage.push({ path, offset, sizeBytes, fromSeq: expected, toSeq, reason });
    if (toSeq !== null) expected = toSeq + 1;
    offset += sizeBytes;
    if (verdict.resumeAt === null) break;
  }
  if (limit !== undefined && expected < limit) {
    const reason = `the changes up to ${limit - 1} should follow`;
    damage.push({ path, offset, sizeBytes: 0, fromSeq: expected, toSeq: limit - 1, reason });
  }
  const last = intact.at(-1);
  const endBytes = last?.endBytes ?? SEGMENT_HEADER_BYTES;
  return { lastSeq: last?.lastSeq ?? firstSeq - 1, endBytes, intact, damage, tail };
}

/** The intact frames in sequence from `offset` on, where `expected` should stand. */
async function surveyStretch(segment: SegmentParts, offset: number, expected: Seq): Promise<Stretch> {
  const { files, file, run, fileBytes, limit } = segment;
  const reader = new SegmentReader(files, file, run, fileBytes, offset);
  let endBytes = offset;
  let lastSeq = expected - 1;
  let lastCommitBytes = offset;
  while (limit === undefined || lastSeq + 1 < limit) {
    const step = reader.next();
    if (step === 'more') await reader.fill();
    else if (step === 'frame' && frameSeq(reader.views, reader.at) === lastSeq + 1) {
      lastSeq = frameLastSeq(reader.views, reader.at);
      endBytes = reader.nextOffset;
      if (frameIndex(reader.views, reader.at) === 0) lastCommitBytes = reader.offset;
    } else break;
  }
  return { startBytes: offset, endBytes, firstSeq: expected, lastSeq, lastCommitBytes };
}

/** The bytes [startBytes, endBytes) of the file, and zeros up to a multiple of 8. */
export async function load(files: LogFiles, file: number, startBytes: number, endBytes: number): Promise<ByteViews> {
  const views = viewsOf(new ArrayBuffer(align8(endBytes - startBytes)));
  let filled = 0;
  while (filled < endBytes - startBytes) {
    const count = await files.read(file, views.u8, filled, endBytes - startBytes, startBytes + filled);
    if (count === 0) break;
    filled += count;
  }
  return views;
}
