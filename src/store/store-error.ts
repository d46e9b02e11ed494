// What a failed file operation becomes for the callers of a store.
import { WeirError, messageOf } from '../base/index.ts';
import { errnoOf } from './files.ts';

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOSPC', 'no space left on the disk'],
  ['EDQUOT', 'the disk quota is used up'],
  ['EIO', 'the disk reports an input/output error'],
  ['EROFS', 'the file system is read-only'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'operation not permitted'],
  ['EMFILE', 'too many open files in this process'],
  ['ENFILE', 'too many open files on this machine'],
  ['EXDEV', 'the directory spans several file systems'],
]);

/** `unavailable` with a clear text for what the machine reports; WeirErrors pass unchanged. */
export function storeError(error: unknown, doing: string): WeirError {
  if (error instanceof WeirError) return error;
  const errno = errnoOf(error);
  const code = errno === 'ENAMETOOLONG' ? 'invalid' : 'unavailable';
  const reason = (errno !== undefined && REASONS.get(errno)) || messageOf(error);
  return new WeirError(code, `${doing}: ${reason}${errno === undefined ? '' : ` (${errno})`}`, error);
}
