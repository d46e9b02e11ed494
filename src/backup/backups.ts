// Backups that are being taken of a server: each holds a capture of the view while its client copies the objects.
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { WeirError, isWeirError } from '../base/index.ts';
import { type Catalog, type Database, bucketsOf } from '../catalog/index.ts';
import type { LocalFile } from '../store/index.ts';
import type { Capture, ViewDoor } from '../view/index.ts';
import { type Contents, type Selection, objectKeys } from './contents.ts';
import type { OnCopyEvent } from './copy-events.ts';
import { Sessions } from './sessions.ts';
import { requireNoTier } from './tier-selection.ts';

const CHUNK_BYTES = 256 * 1024;

export interface BackupParts {
  readonly catalog: Catalog;
  readonly view: ViewDoor;
  /** Of this Weir. */
  readonly version: string;
  /** A client that says nothing for so long has gone. */
  readonly idleMs?: number | undefined;
  readonly onEvent?: OnCopyEvent | undefined;
}

export interface OpenedBackup {
  readonly id: string;
  readonly contents: Contents;
}

/** What a client that takes a backup talks to: the server itself, or the server over HTTP. */
export interface BackupSource {
  /** `not found` for an unknown database or policy, `unavailable` when memory cannot be written out. */
  open(selection: Selection): Promise<OpenedBackup>;
  /** `not found` for a backup that is not open (any more), or an object that is not part of it. */
  fetch(id: string, key: string): Promise<FetchedObject>;
  close(id: string): Promise<void>;
}

export interface FetchedObject {
  readonly sizeBytes: number;
  /** To be read to its end, or ended: until then the object is held. */
  readonly chunks: AsyncGenerator<Uint8Array>;
  /** In hexadecimal digits; once all chunks have been read. */
  readonly sha256: () => string;
}

interface OpenCapture {
  readonly capture: Capture;
  readonly keys: ReadonlySet<string>;
}

export class Backups implements BackupSource {
  readonly #parts: BackupParts;
  readonly #open: Sessions<OpenCapture>;

  constructor(parts: BackupParts) {
    this.#parts = parts;
    this.#open = new Sessions('backup', parts.idleMs, async ({ capture }, id, reason) => {
      capture.release();
      parts.onEvent?.({ kind: 'backup ends', id, reason });
    });
  }

  /** How many are being taken. */
  get count(): number {
    return this.#open.count;
  }

  async open(selection: Selection): Promise<OpenedBackup> {
    const { catalog, view, version } = this.#parts;
    this.#open.requireRoom();
    selectDatabases(catalog, selection);
    // Asked when the capture is taken. What is dropped later leaves the catalog before the view.
    let wanted: ReadonlySet<string> | undefined;
    const capture = await view.capture((bucketId) => {
      wanted ??= bucketIds(selectDatabases(catalog, selection));
      return wanted.has(bucketId);
    });
    try {
      const databases = selectDatabases(catalog, selection);
      const selected = bucketIds(databases);
      const since = selection.sinceNs === null ? null : BigInt(selection.sinceNs);
      const buckets = capture.buckets
        .filter(({ bucketId }) => selected.has(bucketId))
        .map((bucket) => ({
          ...bucket,
          blocks: bucket.blocks.filter((block) => since === null || BigInt(block.shardEnd) > since),
        }));
      const contents: Contents = {
        createdAt: new Date().toISOString(),
        version,
        selection,
        upTo: capture.upTo,
        databases,
        users: selection.database === null ? catalog.users() : [],
        buckets,
        families: capture.families.filter(({ familyId }) => buckets.some((bucket) => bucket.familyId === familyId)),
      };
      const id = randomBytes(8).toString('hex');
      const keys = new Set(objectKeys(contents));
      this.#open.add(id, { capture, keys });
      const { database, policy } = selection;
      this.#parts.onEvent?.({ kind: 'backup begins', id, database, policy, objects: keys.size });
      return { id, contents };
    } catch (error) {
      capture.release();
      throw error;
    }
  }

  async fetch(id: string, key: string): Promise<FetchedObject> {
    const { capture, keys } = this.#open.get(id);
    if (!keys.has(key)) throw new WeirError('not found', `object ${key} is not part of the backup`);
    const release = this.#open.hold(id);
    let file: LocalFile | undefined;
    try {
      file = await capture.localFile(key);
      const { size } = await stat(file.path);
      return { sizeBytes: size, ...readFile(file, release) };
    } catch (error) {
      file?.release();
      release();
      if (isWeirError(error, 'not found'))
        throw new WeirError(
          'not found',
          `object ${key} went with its database while that was backed up: try again`,
          error,
        );
      throw error;
    }
  }

  /** One that is not open is no error. */
  close(id: string): Promise<void> {
    return this.#open.end(id);
  }

  /** Lets go of all of them. */
  stop(): Promise<void> {
    return this.#open.stop();
  }
}

function readFile(file: LocalFile, release: () => void): Pick<FetchedObject, 'chunks' | 'sha256'> {
  const hash = createHash('sha256');
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      const stream = createReadStream(file.path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>;
      for await (const chunk of stream) {
        hash.update(chunk);
        yield chunk;
      }
    } finally {
      file.release();
      release();
    }
  }
  return { chunks: chunks(), sha256: () => hash.digest('hex') };
}

/** With the policies that are meant. Throws `not found` when there is none. */
export function selectDatabases(catalog: Catalog, { database, policy }: Selection): readonly Database[] {
  if (database === null) return catalog.databases();
  const found = catalog.database(database);
  if (found === undefined) throw new WeirError('not found', `database not found: ${database}`);
  if (policy === null) return [found];
  requireNoTier(found.ladders, policy);
  return [{ ...found, policies: [catalog.policy(database, policy)], ladders: [] }];
}

function bucketIds(databases: readonly Database[]): ReadonlySet<string> {
  return new Set(databases.flatMap((database) => bucketsOf(database).map(({ id }) => id)));
}
