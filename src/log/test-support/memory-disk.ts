// For tests only: a disk that loses power. It knows what is in the cache and what has reached the medium, sector by sector,
// and after a crash keeps an arbitrary part of what was not synced: any sectors, in any order; of a file's length the old or
// the new; of the names made, renamed and removed a first part, as journals do. A sync that fails drops what it should have
// written, and later syncs do not tell: as Linux does.
import { basename, dirname } from 'node:path';
import { errno } from './faulty-files.ts';
import type { LogFiles } from '../log-files.ts';

const SECTOR = 512;

interface Inode {
  cached: Buffer;
  durable: Buffer;
  /** Sectors that differ and will be written. */
  dirty: Set<number>;
  /** The length is part of what must be synced. */
  isLengthDirty: boolean;
}

export class MemoryDisk implements LogFiles {
  readonly #random: () => number;
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  /** Changes of names since the last sync of the directory. */
  #journal: ((names: Map<string, Inode>) => void)[] = [];
  #open = new Map<number, Inode>();
  #nextFile = 1;
  freeBytes = Infinity;
  /** So many syncs fail from now on. */
  syncFailures = 0;
  /** Chance that a write is cut short. */
  shortWrites = 0;
  /** Chance that the kernel brings a file to the medium by itself, right after a write to it. */
  writeBacks = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Power is lost; or, with `process`, only the process that used it. Open files are closed. */
  crash(what: 'power' | 'process'): void {
    this.#open.clear();
    if (what === 'process') return;
    const kept = Math.floor(this.#random() * (this.#journal.length + 1));
    for (const change of this.#journal.slice(0, kept)) change(this.#durableNames);
    this.#journal = [];
    this.#names = new Map(this.#durableNames);
    for (const inode of this.#names.values()) {
      for (const sector of inode.dirty) if (this.#random() < 0.5) persist(inode, sector);
      if (inode.isLengthDirty && this.#random() < 0.5) persistLength(inode);
      inode.cached = Buffer.from(inode.durable);
      inode.dirty.clear();
      inode.isLengthDirty = false;
    }
  }

  async openRead(path: string): Promise<number> {
    return this.#opened(this.#inode(path));
  }

  openWrite(path: string): Promise<number> {
    return this.openRead(path);
  }

  async create(path: string): Promise<number> {
    let inode = this.#names.get(path);
    if (inode === undefined) {
      const made: Inode = { cached: Buffer.alloc(0), durable: Buffer.alloc(0), dirty: new Set(), isLengthDirty: false };
      this.#change((names) => names.set(path, made));
      inode = made;
    } else {
      inode.cached = Buffer.alloc(0);
      inode.isLengthDirty = true;
    }
    return this.#opened(inode);
  }

  async close(file: number): Promise<void> {
    this.#open.delete(file);
  }

  async read(file: number, into: Uint8Array, start: number, end: number, position: number): Promise<number> {
    const { cached } = this.#file(file);
    const bytes = cached.subarray(position, Math.min(cached.length, position + end - start));
    into.set(bytes, start);
    return bytes.length;
  }

  async write(file: number, bytes: Uint8Array, position: number): Promise<number> {
    if (this.freeBytes === 0) throw errno('ENOSPC', 'write');
    const taken = Math.min(
      this.#random() < this.shortWrites ? this.#cutShort(bytes, position) : bytes.length,
      this.freeBytes,
    );
    const inode = this.#file(file);
    const end = position + taken;
    if (end > inode.cached.length) {
      inode.cached = Buffer.concat([inode.cached, Buffer.alloc(end - inode.cached.length)]);
      inode.isLengthDirty = true;
    }
    inode.cached.set(bytes.subarray(0, taken), position);
    for (let sector = Math.floor(position / SECTOR); sector * SECTOR < end; sector++) inode.dirty.add(sector);
    this.freeBytes -= taken;
    if (this.#random() < this.writeBacks) this.#writeBack(inode);
    return taken;
  }

  async sync(file: number): Promise<void> {
    const inode = this.#file(file);
    const fails = this.syncFailures-- > 0;
    for (const sector of inode.dirty) if (!fails || this.#random() < 0.5) persist(inode, sector);
    inode.dirty.clear();
    if (fails) throw errno('EIO', 'sync');
    if (inode.isLengthDirty) persistLength(inode);
    inode.isLengthDirty = false;
  }

  async truncate(file: number, sizeBytes: number): Promise<void> {
    const inode = this.#file(file);
    if (inode.cached.length === sizeBytes) return;
    inode.cached = Buffer.concat([inode.cached.subarray(0, sizeBytes)], sizeBytes);
    inode.isLengthDirty = true;
  }

  async sizeBytes(file: number): Promise<number> {
    return this.#file(file).cached.length;
  }

  async rename(from: string, to: string): Promise<void> {
    const inode = this.#inode(from);
    this.#change((names) => {
      names.delete(from);
      names.set(to, inode);
    });
  }

  async unlink(path: string): Promise<void> {
    this.#inode(path);
    this.#change((names) => names.delete(path));
  }

  async names(directory: string): Promise<string[]> {
    return [...this.#names.keys()].filter((path) => dirname(path) === directory).map((path) => basename(path));
  }

  async makeDirectory(): Promise<void> {}

  async syncDirectory(): Promise<void> {
    if (this.syncFailures-- > 0) throw errno('EIO', 'syncDirectory');
    for (const change of this.#journal) change(this.#durableNames);
    this.#journal = [];
  }

  /** The kernel takes whole pages: a write that it cuts short ends at the border of a sector, if it reaches one. */
  #cutShort(bytes: Uint8Array, position: number): number {
    const sectors = Math.floor((position + this.#random() * bytes.length) / SECTOR);
    return sectors * SECTOR > position ? sectors * SECTOR - position : bytes.length;
  }

  #writeBack(inode: Inode): void {
    for (const sector of inode.dirty) persist(inode, sector);
    persistLength(inode);
    inode.dirty.clear();
    inode.isLengthDirty = false;
  }

  #change(change: (names: Map<string, Inode>) => unknown): void {
    change(this.#names);
    this.#journal.push(change);
  }

  #opened(inode: Inode): number {
    this.#open.set(this.#nextFile, inode);
    return this.#nextFile++;
  }

  #inode(path: string): Inode {
    const inode = this.#names.get(path);
    if (inode === undefined) throw errno('ENOENT', path);
    return inode;
  }

  #file(file: number): Inode {
    const inode = this.#open.get(file);
    if (inode === undefined) throw errno('EBADF', `file ${file}`);
    return inode;
  }
}

/** Writes one sector of the cache to the medium, which may thereby grow. */
function persist(inode: Inode, sector: number): void {
  const start = sector * SECTOR;
  const bytes = inode.cached.subarray(start, start + SECTOR);
  if (bytes.length === 0) return;
  const end = start + bytes.length;
  if (end > inode.durable.length) inode.durable = Buffer.concat([inode.durable], end);
  inode.durable.set(bytes, start);
}

function persistLength(inode: Inode): void {
  inode.durable = Buffer.concat([inode.durable.subarray(0, inode.cached.length)], inode.cached.length);
}
