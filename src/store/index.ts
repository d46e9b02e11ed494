// store: named byte objects, and the record log that is built on them.

// Objects
export type { LocalFile, ObjectInfo, ObjectStore, ObjectWriter } from './object-store.ts';
export { openDirectoryStore } from './directory-store.ts';
export type { DirectoryStoreOptions } from './directory-store.ts';
export { nodeFiles } from './files.ts';
export type { DirectoryEntry, FileInfo, Files, OpenFile } from './files.ts';

// Numbered records
export { openRecordLog } from './record-log.ts';
export type { JsonCodec, LoadedRecords, NumberedRecord, RecordLog, RecordLogCodec } from './record-log.ts';
