// Every failure that is not our own bug is a WeirError with a code from one closed list. Protocols map the code to a
// status in one place each; a message says what was expected, what came, and where, and never leaks a secret.

/**
 * - `invalid`: the request or its input is wrong
 * - `not found` / `conflict`: the named thing is missing / exists with other settings
 * - `unauthorized` / `forbidden`: no or wrong credentials / no right
 * - `too large`: a body, line or answer is over a size limit
 * - `limit`: a query or request is over another limit that the operator set
 * - `timeout` / `canceled`: ran out of time / its caller left or it was killed
 * - `unavailable`: cannot be done now (disk full, log not writable, starting, closing); may be tried again
 * - `corrupt`: stored data is damaged; carries file and offset
 * - `locked`: another process owns the data directory
 * - `not implemented`: understood, but not built yet
 */
export type ErrorCode =
  | 'invalid'
  | 'not found'
  | 'conflict'
  | 'unauthorized'
  | 'forbidden'
  | 'too large'
  | 'limit'
  | 'timeout'
  | 'canceled'
  | 'unavailable'
  | 'corrupt'
  | 'locked'
  | 'not implemented';

export class WeirError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'WeirError';
    this.code = code;
  }
}

export function isWeirError(error: unknown, code?: ErrorCode): error is WeirError {
  return error instanceof WeirError && (code === undefined || error.code === code);
}

/** The text of any thrown thing. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
