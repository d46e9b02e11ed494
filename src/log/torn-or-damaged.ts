// What to think of bytes that should be a frame and are not.
//
// A crash leaves a torn tail: the last commit arrived in part, or not at all, and nobody was told that it was durable. That
// is cut. Anything else is damage to something that was durable, which must not be passed over in silence. So we look for
// intact frames further on, and at what they say of the time when they were written:
//
//     … │ ok │ BAD │ ok, index 0 │             a later commit followed: the bad frame was durable      → damaged
//     … │ ok │ BAD │ ok, index 1 │             both belong to one commit: its disk blocks may have
//                                              arrived in any order. One that did not arrive is zeros  → torn
//                                              and otherwise the bytes have changed since              → damaged
//     … │ ok │ BAD ………………………………… end          nothing follows                                         → torn
import type { ByteViews } from './frame-buffer.ts';
import { frameBytes, frameIndex, frameSeq, isFrameHeader, isPayloadIntact } from './frame.ts';
import type { Seq } from './log.ts';

const SECTOR_BYTES = 512;

export interface Verdict {
  readonly kind: 'torn' | 'damaged';
  /** Where the next intact frame starts, counted from the bad one, and its seq; null when there is none. */
  readonly resumeAt: number | null;
  readonly resumeSeq: Seq | null;
  /** The last change that certainly was durable; null when nothing tells. Of interest where no intact frame follows. */
  readonly lastKnownSeq: Seq | null;
}

/**
 * `rest`: the file from the bad frame, at `offset`, to its end after `length` bytes. `expected`: the seq which that frame
 * should have. `limit`: the seq with which the next segment starts; all before it was durable. undefined in the last one.
 */
export function judge(
  rest: ByteViews,
  length: number,
  offset: number,
  run: number,
  expected: Seq,
  limit: Seq | undefined,
): Verdict {
  let resumeAt: number | null = null;
  let resumeSeq: Seq | null = null;
  let lastKnownSeq: Seq | null = limit === undefined ? null : limit - 1;
  let proven = limit !== undefined;
  for (let at = 0; at + 8 <= length; ) {
    if (!isFrameHeader(rest, at, length, run) || isOutside(frameSeq(rest, at), expected, limit)) {
      at += 8;
      continue;
    }
    // The header alone is proof of what was durable when it was written.
    const seq = frameSeq(rest, at);
    const durableSeq = seq - frameIndex(rest, at) - 1;
    if (durableSeq >= expected) {
      proven = true;
      lastKnownSeq ??= durableSeq;
    }
    if (!isPayloadIntact(rest, at, length)) {
      at += 8;
      continue;
    }
    if (resumeAt === null) {
      resumeAt = at;
      resumeSeq = seq;
    }
    at += frameBytes(rest, at);
  }
  const isDamaged = proven || (resumeAt !== null && !hasUnwrittenSector(rest.u8, resumeAt, offset));
  return { kind: isDamaged ? 'damaged' : 'torn', resumeAt, resumeSeq, lastKnownSeq };
}

function isOutside(seq: Seq, expected: Seq, limit: Seq | undefined): boolean {
  return seq < expected || (limit !== undefined && seq >= limit);
}

/** Whether the bad stretch starts with zeros up to the end of its disk sector, or has a whole sector of them. */
function hasUnwrittenSector(bytes: Uint8Array, length: number, offset: number): boolean {
  let start = 0;
  let end = SECTOR_BYTES - (offset % SECTOR_BYTES);
  while (end <= length) {
    if (isZero(bytes, start, end)) return true;
    start = end;
    end += SECTOR_BYTES;
  }
  return length > 0 && start === 0 && isZero(bytes, 0, length);
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] !== 0) return false;
  return true;
}
