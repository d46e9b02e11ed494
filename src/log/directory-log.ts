// The log of an edge: segments in a directory, written by group commit.
//
//     append ─► queue ─► encode a group ─► one write ─► one fdatasync ─► resolve all, in order
//                 ▲ calls meanwhile gather here for the next group
//
//     0000000000000001.log   0000000000004711.log   0000000000009001.log
//     closed: never written again, trimmed whole    active
//
// A process never writes to segments of an earlier one: it starts with a new segment. Nor does it trust a file again whose
// fdatasync failed, since the kernel may have dropped what it could not write. A new segment voids what stands in the one
// before it from the new one's first seq on; so once a new segment has been attempted, older ones never grow.
import { basename } from 'node:path';
import { WeirError, messageOf } from '../base/index.ts';
import { ActiveSegment } from './active-segment.ts';
import type { Change } from './change.ts';
import { FrameEncoder } from './codec.ts';
import type { DirectoryLock } from './directory-lock.ts';
import { FrameBuffer } from './frame-buffer.ts';
import { type LogEvent, failureText } from './log-event.ts';
import type { LogFiles } from './log-files.ts';
import type { Log, LoggedChange, Seq, SeriesTables } from './log.ts';
import { readSegments } from './read-segments.ts';
import { type Segment, newRun } from './segment-file.ts';

export type Durability = 'fsync' | 'os';

export interface DirectoryLogParts {
  readonly directory: string;
  readonly files: LogFiles;
  readonly tables: SeriesTables;
  readonly segmentSizeBytes: number;
  readonly durability: Durability;
  readonly onEvent: (event: LogEvent) => void;
  readonly lock: DirectoryLock;
  /** What was found on opening, in order, and the last change in it. */
  readonly segments: readonly Segment[];
  readonly lastSeq: Seq;
  /** Makes them durable. Has to succeed once before anything follows them. */
  readonly settle: () => Promise<void>;
  /** Sequence numbers go on after this, though the log ends before. */
  readonly atLeastSeq: Seq;
}

interface Pending {
  readonly change: Change;
  readonly resolve: (seq: Seq) => void;
  readonly reject: (error: unknown) => void;
}

/** A group stops growing at this size. */
const GROUP_BYTES = 8 * 1024 * 1024;
/** An active segment below this is not worth a new file. */
const TRIM_ACTIVE_BYTES = 1024 * 1024;

export class DirectoryLog implements Log {
  readonly #parts: DirectoryLogParts;
  readonly #run: number = newRun();
  readonly #encoder: FrameEncoder;
  readonly #buffer = new FrameBuffer(256 * 1024, 2 * GROUP_BYTES);
  /** Whole and never written again, in order; those without a change are left out. */
  readonly #closed: Segment[];
  /** null while none could be created. */
  #active: ActiveSegment | null = null;
  #isSettled = false;
  /** Set while bytes may stand behind the last commit of the active segment. */
  #isDirty = false;
  #lastSeq: Seq;
  #failure: string | null = null;
  #queue: Pending[] = [];
  #isScheduled = false;
  /** What works on files does so one after the other. */
  #work: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | null = null;

  /** Use `openDirectoryLog`. */
  constructor(parts: DirectoryLogParts) {
    this.#parts = parts;
    this.#encoder = new FrameEncoder(parts.tables);
    this.#closed = parts.segments.filter((segment) => segment.lastSeq >= segment.firstSeq);
    this.#lastSeq = parts.lastSeq;
  }

  get lastSeq(): Seq {
    return this.#lastSeq;
  }

  /** The first change that `read` still has, or the next one's seq when it has none. */
  get firstSeq(): Seq {
    return this.#closed[0]?.firstSeq ?? this.#active?.firstSeq ?? this.#lastSeq + 1;
  }

  get sizeBytes(): number {
    let sum = this.#active?.endBytes ?? 0;
    for (const segment of this.#closed) sum += segment.endBytes;
    return sum;
  }

  get failure(): string | null {
    return this.#failure;
  }

  /** Begins the segment of this process. A failure is kept as `failure`: then the first append tries again. */
  async start(): Promise<void> {
    try {
      await this.#startSegment();
    } catch (error) {
      this.#fail(error);
    }
  }

  append(change: Change): Promise<Seq> {
    if (this.#closing !== null) return Promise.reject(new WeirError('unavailable', 'the log is closed'));
    return new Promise((resolve, reject) => {
      this.#queue.push({ change, resolve, reject });
      this.#schedule();
    });
  }

  read(after: Seq): AsyncIterable<LoggedChange> {
    const segments = [...this.#closed];
    if (this.#active !== null) segments.push(this.#active.snapshot());
    return readSegments(this.#parts.files, segments, after, this.#parts.tables);
  }

  trim(upTo: Seq): Promise<void> {
    return this.#exclusive(async () => {
      if (this.#closing !== null) throw new WeirError('unavailable', 'the log is closed');
      const active = this.#active;
      if (active !== null && active.lastSeq <= upTo && active.endBytes >= TRIM_ACTIVE_BYTES) {
        // A disk that is too full for a new segment is the more in need of the space of the old ones.
        await this.#rotate().catch((error: unknown) => this.#fail(error));
      }
      // Without an active segment the last one's name is all that tells where the sequence goes on.
      const spared = this.#active === null ? 1 : 0;
      while (this.#closed.length > spared && this.#closed[0].lastSeq <= upTo) await this.#removeOldest();
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    void this.#exclusive(() => this.#commitGroup());
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work);
    this.#work = result.catch(() => undefined);
    return result;
  }

  async #commitGroup(): Promise<void> {
    this.#isScheduled = false;
    let group: Pending[] = [];
    try {
      const active = await this.#writableSegment();
      group = this.#encodeGroup(active);
      if (group.length === 0) return;
      this.#isDirty = true;
      await active.write(this.#buffer.bytes());
      if (this.#parts.durability === 'fsync') await active.sync();
      this.#isDirty = false;
      active.commit(this.#buffer.length, active.lastSeq + group.length);
    } catch (error) {
      // Those who queued behind would only meet the same trouble one after the other; they may try again themselves.
      const rejected = [...group, ...this.#queue.splice(0)];
      this.#fail(error);
      const failure = new WeirError('unavailable', this.#failure ?? '', error);
      // What is rejected must be gone before anyone is told so. If this fails, too, the next append tries again.
      await this.#repair().catch(() => undefined);
      for (const pending of rejected) pending.reject(failure);
      return;
    }
    this.#recovered();
    const firstSeq = this.#lastSeq + 1;
    this.#lastSeq += group.length;
    for (const [i, pending] of group.entries()) pending.resolve(firstSeq + i);
    if (this.#queue.length > 0) this.#schedule();
  }

  /** Takes changes off the queue and encodes them into the buffer. */
  #encodeGroup(active: ActiveSegment): Pending[] {
    const group: Pending[] = [];
    const buffer = this.#buffer;
    buffer.clear();
    const firstSeq = active.lastSeq + 1;
    // Under `os` nothing in a segment is known to be durable before it is closed.
    const firstIndex = this.#parts.durability === 'fsync' ? 0 : firstSeq - active.firstSeq;
    let taken = 0;
    while (taken < this.#queue.length && buffer.length < GROUP_BYTES) {
      const pending = this.#queue[taken++];
      try {
        this.#encoder.encode(buffer, pending.change, firstSeq + group.length, firstIndex + group.length);
        group.push(pending);
      } catch (error) {
        pending.reject(error);
      }
    }
    this.#queue.splice(0, taken);
    return group;
  }

  async #writableSegment(): Promise<ActiveSegment> {
    let active = await this.#repair();
    if (active.endBytes >= this.#parts.segmentSizeBytes && !active.isEmpty) active = await this.#rotate();
    return active;
  }

  /** Gets back to a segment that ends with the last commit and can be trusted. Rejects while there is none to be had. */
  async #repair(): Promise<ActiveSegment> {
    const active = this.#active;
    if (active === null) return this.#startSegment();
    if (!this.#isDirty && active.isTrusted) return active;
    const isCut = await active.cutBack().then(
      () => true,
      () => false,
    );
    if (isCut && active.isTrusted) {
      this.#isDirty = false;
      this.#encoder.begin(active.run);
      return active;
    }
    await this.#retire(active);
    return this.#startSegment();
  }

  async #rotate(): Promise<ActiveSegment> {
    const active = this.#active;
    if (active !== null) {
      if (this.#parts.durability === 'os') await active.sync();
      await this.#retire(active);
    }
    return this.#startSegment();
  }

  async #retire(active: ActiveSegment): Promise<void> {
    this.#active = null;
    // An empty one is replaced by the next, which has its name.
    if (!active.isEmpty) this.#closed.push(active.snapshot());
    await active.close().catch(() => undefined);
  }

  async #startSegment(): Promise<ActiveSegment> {
    const { files, directory, atLeastSeq } = this.#parts;
    if (!this.#isSettled) await this.#parts.settle();
    this.#isSettled = true;
    const lostThrough = atLeastSeq > this.#lastSeq ? atLeastSeq : undefined;
    const active = await ActiveSegment.create(files, directory, this.#run, this.#lastSeq + 1, lostThrough);
    this.#active = active;
    this.#isDirty = false;
    this.#lastSeq = active.lastSeq;
    this.#encoder.begin(active.run);
    return active;
  }

  async #removeOldest(): Promise<void> {
    const { files, directory } = this.#parts;
    const { path } = this.#closed[0];
    try {
      await files.unlink(path);
      this.#closed.shift();
      // One after the other, lest a power failure leave a hole.
      await files.syncDirectory(directory);
    } catch (error) {
      throw new WeirError('unavailable', `${basename(path)} cannot be removed: ${messageOf(error)}`, error);
    }
  }

  async #close(): Promise<void> {
    while (this.#isScheduled || this.#queue.length > 0) await this.#exclusive(async () => undefined);
    await this.#exclusive(async () => {
      try {
        // A last try to make sure of what was rejected.
        if (this.#failure !== null) await this.#repair().catch(() => undefined);
        if (this.#parts.durability === 'os') await this.#active?.sync();
      } catch (error) {
        throw new WeirError('unavailable', failureText(error), error);
      } finally {
        await this.#active?.close().catch(() => undefined);
        this.#active = null;
        await this.#parts.lock.release();
      }
    });
  }

  #fail(error: unknown): void {
    const reason = failureText(error);
    if (reason !== this.#failure) this.#emit({ kind: 'failed', reason });
    this.#failure = reason;
  }

  #recovered(): void {
    if (this.#failure === null) return;
    this.#failure = null;
    this.#emit({ kind: 'recovered' });
  }

  /** Not at once, so that a listener that throws cannot keep a caller from its answer. */
  #emit(event: LogEvent): void {
    queueMicrotask(() => this.#parts.onEvent(event));
  }
}
