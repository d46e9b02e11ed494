// store: named byte objects, and the record log that is built on them.

export type { LocalFile, ObjectInfo, ObjectStore, ObjectWriter } from './object-store.ts';
