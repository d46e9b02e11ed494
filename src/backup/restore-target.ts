// What a restore is sent to.
import type { MergeOutcome } from './merge-bucket.ts';
import type { RestoreRequest } from './restore-request.ts';

/** What a target has already. */
export interface ExistingDatabase {
  readonly name: string;
  readonly policies: readonly string[];
}

export interface RestoreOutcome {
  /** Whether the backup's users were made: only where there was none. */
  readonly usersRestored: boolean;
  /** Points written into policies that existed; null when there was none to be merged. */
  readonly merged: MergeOutcome | null;
}

/** What a client that restores talks to: the server itself, or the server over HTTP. */
export interface RestoreTarget {
  existing(): Promise<readonly ExistingDatabase[]>;
  /** `conflict` when something of it is there already: then nothing needs to be sent. */
  open(request: RestoreRequest): Promise<string>;
  /** The object's bytes from `offset` on; they come in order. `corrupt` when the last ones do not complete what was told of. */
  append(id: string, key: string, offset: number, bytes: Uint8Array): Promise<void>;
  /** Makes it visible, all of it or nothing. The restore is over then, also when this rejects. */
  commit(id: string): Promise<RestoreOutcome>;
  /** One that is not open is no error. */
  abort(id: string): Promise<void>;
}
