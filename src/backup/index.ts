// backup: copies of databases in a directory, taken from a running server, and back.

// The directory
export { openBackup, openForBackup } from './backup-directory.ts';
export type { BackupDirectory } from './backup-directory.ts';
export type { BackupManifest } from './manifest-file.ts';
export { decodeContents, encodeContents } from './contents.ts';
export type { Contents, Selection } from './contents.ts';
export type { Digest } from './digest.ts';

// Taking a backup
export { Backups } from './backups.ts';
export type { BackupParts, BackupSource, FetchedObject, OpenedBackup } from './backups.ts';
export { takeBackup } from './take-backup.ts';
export type { BackupReport, CopyProgress, OnCopyProgress } from './take-backup.ts';

export type { CopyEvent, OnCopyEvent } from './copy-events.ts';

// Restoring
export { Restores } from './restores.ts';
export type { RestoreParts } from './restores.ts';
export type { ExistingDatabase, RestoreOutcome, RestoreTarget } from './restore-target.ts';
export { decodeRequest, encodeRequest } from './restore-request.ts';
export type { RestoreRequest } from './restore-request.ts';
export { planRestore } from './plan-restore.ts';
export type { RestoreOptions, RestorePlan } from './plan-restore.ts';
export { checkObjects, sendRestore } from './send-restore.ts';
export type { RestoreReport } from './send-restore.ts';
