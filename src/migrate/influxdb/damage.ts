// How damage in InfluxDB's files is told: readers of bytes say what is wrong, whoever knows the file says where.
import { WeirError, isWeirError, messageOf } from '../../base/index.ts';

/** What is wrong, as yet without a place. */
export function damaged(reason: string): WeirError {
  return new WeirError('corrupt', reason);
}

/** The same with its place. */
export function damagedAt(path: string, offset: number, reason: string): WeirError {
  return new WeirError('corrupt', `${path} at byte ${offset}: ${reason}`);
}

/** Runs `read` on bytes that lie at `offset` of a file: what it finds damaged is told with that place. */
export function located<T>(path: string, offset: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw isWeirError(error, 'corrupt') ? damagedAt(path, offset, messageOf(error)) : error;
  }
}
