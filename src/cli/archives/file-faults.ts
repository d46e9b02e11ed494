// What the system says of files, as errors of a command.
import { WeirError, isWeirError, messageOf } from '../../base/index.ts';

/** Rejects with `unavailable`, and the system's words (which name the file), where a file cannot be read or written. */
export async function tellFileFaults<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isWeirError(error) || !(error instanceof Error) || !('syscall' in error)) throw error;
    throw new WeirError('unavailable', messageOf(error), error);
  }
}
