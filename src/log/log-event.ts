// What a log has to tell its operator.
import { messageOf } from '../base/index.ts';
import type { Seq } from './log.ts';

/** What an operator may want to know of. */
export type LogEvent =
  /** The end of a segment was removed: a commit that a crash cut short, or one that had failed. Nobody was told it held. */
  | { readonly kind: 'tail cut'; readonly path: string; readonly offset: number; readonly sizeBytes: number }
  /** The log ends before a position that its owner has seen; the changes between are gone. */
  | { readonly kind: 'behind'; readonly lastSeq: Seq; readonly atLeastSeq: Seq }
  /** Writing failed; `failure` says the same until it works again. */
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'recovered' };

/** Why writing failed, for people. */
export function failureText(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  return `the log cannot be written: ${isFull ? 'no space is left on its disk' : messageOf(error)}`;
}
