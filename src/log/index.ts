// log: the ordered, durable sequence of changes.

// The door
export type { Log, LoggedChange, Seq, SeriesTables } from './log.ts';
export type { BarrierChange, Change, DeleteChange, DropBucketChange, WriteChange } from './change.ts';

// A log in a directory
export { openDirectoryLog } from './open-directory-log.ts';
export type { DirectoryLogOptions } from './open-directory-log.ts';
export type { DirectoryLog, Durability } from './directory-log.ts';
export type { LogEvent } from './log-event.ts';
export type { Damage, SurveyProgress } from './survey.ts';
export { nodeLogFiles } from './log-files.ts';
export type { LogFiles } from './log-files.ts';

// One process at a time
export { lockDirectory } from './directory-lock.ts';
export type { DirectoryLock } from './directory-lock.ts';

// Passing over damage
export { repairDirectoryLog } from './repair.ts';
export type { LostPart, RepairReport } from './repair.ts';
