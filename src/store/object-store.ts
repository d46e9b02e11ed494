// The door of an object store: named, immutable-once-put byte objects. A directory now; S3, GCS and Azure Blob later.
// Keys are `/`-separated, each part of [A-Za-z0-9._=-], never `.` or `..`.

export interface ObjectInfo {
  readonly key: string;
  readonly sizeBytes: number;
}

/** Where an object's bytes come from when it is too large to be one array. */
export interface ObjectWriter {
  /** Appends; the bytes may be reused after the promise resolves. */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes the object visible and durable under its key. Rejects with `conflict` if the key exists. */
  commit(): Promise<ObjectInfo>;
  /** Leaves nothing behind. Safe after a failure; not after commit. */
  abort(): Promise<void>;
}

export interface ObjectStore {
  /** Creates an object, durable when resolved. Rejects with `conflict` if the key exists: then nothing has changed. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** The same in pieces. */
  create(key: string): Promise<ObjectWriter>;
  /** Bytes [offset, offset + length), or to the end; rejects with `not found`. A range past the end is `invalid`. */
  get(key: string, offset?: number, length?: number): Promise<Uint8Array>;
  /** undefined when there is no such object. */
  head(key: string): Promise<ObjectInfo | undefined>;
  /** Objects whose key starts with `prefix`, in order of key, after `after`. */
  list(prefix: string, after?: string): AsyncIterable<ObjectInfo>;
  /** Removing what is not there is no error. */
  delete(key: string): Promise<void>;
  /** A local file that holds the whole object, for readers that use positioned reads; stays valid until released. */
  localFile(key: string): Promise<LocalFile>;
  /** Waits for puts and deletes under way; later calls are `unavailable`. */
  close(): Promise<void>;
}

export interface LocalFile {
  readonly path: string;
  release(): void;
}
