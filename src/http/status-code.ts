// The one place where error codes become HTTP statuses of the 1.x interface.
import { type ErrorCode, isWeirError } from '../base/index.ts';

const STATUSES: Readonly<Record<ErrorCode, number>> = {
  invalid: 400,
  'not found': 404,
  conflict: 409,
  unauthorized: 401,
  forbidden: 403,
  'too large': 413,
  limit: 413,
  timeout: 503,
  canceled: 503,
  unavailable: 503,
  corrupt: 500,
  locked: 500,
  'not implemented': 501,
};

export function statusOfCode(code: ErrorCode): number {
  return STATUSES[code];
}

/** The status of any failure; 500 for what is not a WeirError. */
export function statusOf(error: unknown): number {
  return isWeirError(error) ? STATUSES[error.code] : 500;
}
