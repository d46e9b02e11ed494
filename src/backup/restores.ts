// Restores that a server is taking in: objects come piece by piece into the store, where nobody sees them, and a commit makes
// all of them part of the view, and then of the catalog. Killed before that, the server sweeps them away at its next start.
//
//     open ─► append … append ─► commit: view.adopt ─► catalog.importAll (now it is visible)
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { WeirError, isWeirError } from '../base/index.ts';
import { type Catalog, type CatalogImport, bucketsOf } from '../catalog/index.ts';
import { type Bucket, WEEK } from '../model/index.ts';
import type { ObjectStore, ObjectWriter } from '../store/index.ts';
import type { ViewDoor } from '../view/index.ts';
import { type Digest, Digester, differenceOf } from './digest.ts';
import { type MergeOutcome, mergeBucket } from './merge-bucket.ts';
import type { RestoreRequest } from './restore-request.ts';
import type { ExistingDatabase, RestoreOutcome, RestoreTarget } from './restore-target.ts';
import type { OnCopyEvent } from './copy-events.ts';
import { Sessions } from './sessions.ts';

/** How often an import whose outcome is unknown is tried again, and how long after. */
const IMPORT_ATTEMPTS = 10;
const IMPORT_RETRY_MS = 500;

export interface RestoreParts {
  readonly catalog: Catalog;
  readonly view: ViewDoor;
  /** The view's. */
  readonly store: ObjectStore;
  /** By id: buckets that no database has (yet). The view's `buckets` must tell of them. */
  readonly pending: Map<string, Bucket>;
  /** A client that says nothing for so long has gone. */
  readonly idleMs?: number | undefined;
  readonly onEvent?: OnCopyEvent | undefined;
}

interface IncomingObject {
  readonly digester: Digester;
  readonly writer: ObjectWriter;
}

interface OpenRestore {
  readonly request: RestoreRequest;
  readonly incoming: Map<string, IncomingObject>;
  readonly complete: Set<string>;
  /** The parts that come are worked on one after the other. */
  last: Promise<unknown>;
}

export class Restores implements RestoreTarget {
  readonly #parts: RestoreParts;
  readonly #open: Sessions<OpenRestore>;

  constructor(parts: RestoreParts) {
    this.#parts = parts;
    this.#open = new Sessions('restore', parts.idleMs, async (restore, id, reason) => {
      await this.#discard(restore);
      parts.onEvent?.({ kind: 'restore ends', id, reason });
    });
  }

  /** How many are being taken in. */
  get count(): number {
    return this.#open.count;
  }

  async existing(): Promise<readonly ExistingDatabase[]> {
    const databases = this.#parts.catalog.databases();
    return databases.map(({ name, policies }) => ({ name, policies: policies.map((policy) => policy.name) }));
  }

  async open(request: RestoreRequest): Promise<string> {
    this.#open.requireRoom();
    this.#requireNew(request);
    const id = randomBytes(8).toString('hex');
    const databases = [
      ...request.databases.map(({ name }) => name),
      ...[...request.policies, ...request.merges].map(({ database }) => database),
    ];
    this.#parts.onEvent?.({
      kind: 'restore begins',
      id,
      databases: [...new Set(databases)],
      objects: request.objects.size,
    });
    this.#open.add(id, { request, incoming: new Map(), complete: new Set(), last: Promise.resolve() });
    return id;
  }

  append(id: string, key: string, offset: number, bytes: Uint8Array): Promise<void> {
    return this.#inOrder(id, (restore) => this.#append(restore, key, offset, bytes));
  }

  async commit(id: string): Promise<RestoreOutcome> {
    try {
      const outcome = await this.#inOrder(id, (restore) => this.#commit(restore));
      this.#parts.onEvent?.({ kind: 'restored', id, ...outcome });
      return outcome;
    } finally {
      await this.#open.end(id);
    }
  }

  async abort(id: string): Promise<void> {
    await this.#open.end(id);
  }

  /** Gives all of them up. */
  stop(): Promise<void> {
    return this.#open.stop();
  }

  async #inOrder<T>(id: string, work: (restore: OpenRestore) => Promise<T>): Promise<T> {
    const restore = this.#open.get(id);
    const release = this.#open.hold(id);
    const done = restore.last.then(() => {
      // It may have ended while this waited.
      this.#open.get(id);
      return work(restore);
    });
    restore.last = done.catch(() => {});
    try {
      return await done;
    } finally {
      release();
    }
  }

  async #append(
    { request, incoming, complete }: OpenRestore,
    key: string,
    offset: number,
    bytes: Uint8Array,
  ): Promise<void> {
    const expected = request.objects.get(key);
    if (expected === undefined) throw new WeirError('not found', `object ${key} is not part of the restore`);
    if (complete.has(key)) throw new WeirError('conflict', `object ${key} is here already`);
    let object = incoming.get(key);
    if (object === undefined) {
      object = { digester: new Digester(), writer: await this.#parts.store.create(key) };
      incoming.set(key, object);
    }
    const { digester, writer } = object;
    if (digester.sizeBytes !== offset)
      throw new WeirError('invalid', `object ${key} goes on at byte ${digester.sizeBytes}, not ${offset}`);
    if (offset + bytes.length > expected.sizeBytes)
      throw new WeirError(
        'invalid',
        `object ${key} has ${expected.sizeBytes} bytes, not ${offset + bytes.length} or more`,
      );
    try {
      await writer.write(bytes);
      digester.update(bytes);
      if (digester.sizeBytes === expected.sizeBytes) await finish(writer, digester, key, expected);
    } catch (error) {
      incoming.delete(key);
      await writer.abort().catch(() => {});
      throw error;
    }
    if (digester.sizeBytes < expected.sizeBytes) return;
    incoming.delete(key);
    complete.add(key);
  }

  async #commit({ request, complete }: OpenRestore): Promise<RestoreOutcome> {
    const missing = [...request.objects.keys()].find((key) => !complete.has(key));
    if (missing !== undefined) throw new WeirError('invalid', `object ${missing} was never sent as a whole`);
    this.#requireNew(request);
    const { view, catalog } = this.#parts;
    const users = catalog.users().length === 0 ? request.users : [];
    const { databases, policies, buckets } = request;
    const { pending } = this.#parts;
    for (const bucket of targetBuckets(request)) pending.set(bucket.id, bucket);
    let certain = true;
    try {
      await this.#adopt(request, complete);
      try {
        await this.#import({ databases, policies, users });
      } catch (error) {
        // The catalog may have it although it cannot say so: then what the next start finds counts, and the points must be there.
        certain = !isWeirError(error, 'unavailable');
        if (certain) for (const { bucketId } of buckets) await view.dropBucket(bucketId).catch(() => {});
        throw error;
      }
      return { usersRestored: users.length > 0, merged: await this.#merge(request) };
    } finally {
      if (certain) for (const { id } of targetBuckets(request)) pending.delete(id);
    }
  }

  /** Resolves with null when there was nothing to be merged. */
  async #merge({ merges }: RestoreRequest): Promise<MergeOutcome | null> {
    const { view, catalog } = this.#parts;
    if (merges.length === 0) return null;
    let merged: MergeOutcome = { written: 0, dropped: 0, firstReason: null };
    try {
      for (const { database, policy, bucketId } of merges) {
        const { written, dropped, firstReason } = await mergeBucket(
          view,
          bucketId,
          catalog.policy(database, policy).bucket,
        );
        merged = {
          written: merged.written + written,
          dropped: merged.dropped + dropped,
          firstReason: merged.firstReason ?? firstReason,
        };
      }
    } finally {
      // Should it stay, the next round of retention drops it.
      for (const { bucketId } of merges) await view.dropBucket(bucketId).catch(() => {});
    }
    return merged;
  }

  /** Hands the objects over to the view, unless it is certain that it has not taken them. */
  async #adopt(request: RestoreRequest, complete: Set<string>): Promise<void> {
    const keys = [...complete];
    complete.clear();
    try {
      await this.#parts.view.adopt(request);
    } catch (error) {
      if (isWeirError(error) && error.code !== 'unavailable') for (const key of keys) complete.add(key);
      throw error;
    }
  }

  /** When the store fails it is unknown whether it has the record: then the catalog is asked again until it knows. */
  async #import(content: CatalogImport): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#parts.catalog.importAll(content);
        return;
      } catch (error) {
        if (this.#isImported(content)) return;
        if (!isWeirError(error, 'unavailable') || attempt === IMPORT_ATTEMPTS) throw error;
      }
      await delay(IMPORT_RETRY_MS);
    }
  }

  #isImported({ databases, policies }: CatalogImport): boolean {
    const { catalog } = this.#parts;
    const wanted = [...databases, ...policies.map(({ database, policy }) => ({ name: database, policies: [policy] }))];
    const known = new Set(catalog.databases().flatMap((database) => bucketsOf(database).map(({ id }) => id)));
    return wanted.length > 0 && wanted.every((each) => each.policies.every(({ bucket }) => known.has(bucket.id)));
  }

  /** Early: what would fail in the end. */
  #requireNew({ databases, policies, merges }: RestoreRequest): void {
    const { catalog } = this.#parts;
    for (const { database, policy } of merges) catalog.policy(database, policy);
    for (const { name } of databases) {
      if (catalog.database(name) !== undefined) throw new WeirError('conflict', `database already exists: ${name}`);
    }
    for (const { database: name, policy } of policies) {
      const database = catalog.database(name);
      if (database === undefined) throw new WeirError('not found', `database not found: ${name}`);
      if (database.policies.some((each) => each.name === policy.name))
        throw new WeirError('conflict', `retention policy already exists: ${name}.${policy.name}`);
    }
  }

  async #discard({ incoming, complete, last }: OpenRestore): Promise<void> {
    await last;
    for (const { writer } of incoming.values()) await writer.abort().catch(() => {});
    // What cannot be deleted is swept away at the next start.
    for (const key of complete) await this.#parts.store.delete(key).catch(() => {});
  }
}

/** Makes the object visible in the store if it is what was told of. */
async function finish(writer: ObjectWriter, digester: Digester, key: string, expected: Digest): Promise<void> {
  const difference = differenceOf(digester.finish(), expected);
  if (difference !== null) throw new WeirError('corrupt', `object ${key} ${difference}`);
  await writer.commit();
}

function targetBuckets({ databases, policies, merges }: RestoreRequest): readonly Bucket[] {
  const visible = [...databases.flatMap(bucketsOf), ...policies.map(({ policy }) => policy.bucket)];
  // What is merged is read whole, however old it is.
  return [...visible, ...merges.map(({ bucketId }) => ({ id: bucketId, durationNs: 0n, shardDurationNs: WEEK }))];
}
