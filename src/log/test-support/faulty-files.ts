// For tests only: a disk that fails on demand. Wraps the real one, or any other.
import { type LogFiles, nodeLogFiles } from '../log-files.ts';

type Operation = keyof LogFiles;

interface Fault {
  readonly operation: Operation;
  readonly code: string;
  /** Calls that go well first, then calls that fail. */
  spared: number;
  times: number;
}

export class FaultyFiles implements LogFiles {
  readonly #inner: LogFiles;
  readonly #faults: Fault[] = [];
  readonly #calls = new Map<Operation, number>();
  /** Bytes that the disk still takes; a write that needs more is cut short, the next finds no space. */
  freeBytes = Infinity;
  /** At most so many bytes are written at once. */
  writeBytes = Infinity;

  constructor(inner: LogFiles = nodeLogFiles) {
    this.#inner = inner;
  }

  /** After `spared` more calls, the next `times` calls of the operation fail with this errno. */
  fail(operation: Operation, code: string, { spared = 0, times = 1 } = {}): void {
    this.#faults.push({ operation, code, spared, times });
  }

  /** Nothing fails any more. */
  heal(): void {
    this.#faults.length = 0;
    this.freeBytes = Infinity;
    this.writeBytes = Infinity;
  }

  /** How often the operation was called. */
  calls(operation: Operation): number {
    return this.#calls.get(operation) ?? 0;
  }

  openRead(path: string): Promise<number> {
    return this.#call('openRead', () => this.#inner.openRead(path));
  }

  openWrite(path: string): Promise<number> {
    return this.#call('openWrite', () => this.#inner.openWrite(path));
  }

  create(path: string): Promise<number> {
    return this.#call('create', () => this.#inner.create(path));
  }

  close(file: number): Promise<void> {
    return this.#call('close', () => this.#inner.close(file));
  }

  read(file: number, into: Uint8Array, start: number, end: number, position: number): Promise<number> {
    return this.#call('read', () => this.#inner.read(file, into, start, end, position));
  }

  write(file: number, bytes: Uint8Array, position: number): Promise<number> {
    return this.#call('write', async () => {
      if (this.freeBytes === 0) throw errno('ENOSPC', 'write');
      const taken = await this.#inner.write(
        file,
        bytes.subarray(0, Math.min(this.freeBytes, this.writeBytes)),
        position,
      );
      this.freeBytes -= taken;
      return taken;
    });
  }

  sync(file: number): Promise<void> {
    return this.#call('sync', () => this.#inner.sync(file));
  }

  truncate(file: number, sizeBytes: number): Promise<void> {
    return this.#call('truncate', () => this.#inner.truncate(file, sizeBytes));
  }

  sizeBytes(file: number): Promise<number> {
    return this.#call('sizeBytes', () => this.#inner.sizeBytes(file));
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call('rename', () => this.#inner.rename(from, to));
  }

  unlink(path: string): Promise<void> {
    return this.#call('unlink', () => this.#inner.unlink(path));
  }

  names(directory: string): Promise<string[]> {
    return this.#call('names', () => this.#inner.names(directory));
  }

  makeDirectory(path: string): Promise<void> {
    return this.#call('makeDirectory', () => this.#inner.makeDirectory(path));
  }

  syncDirectory(path: string): Promise<void> {
    return this.#call('syncDirectory', () => this.#inner.syncDirectory(path));
  }

  async #call<T>(operation: Operation, work: () => Promise<T>): Promise<T> {
    this.#calls.set(operation, this.calls(operation) + 1);
    const fault = this.#faults.find((each) => each.operation === operation && each.times > 0);
    if (fault === undefined) return work();
    if (fault.spared > 0) {
      fault.spared--;
      return work();
    }
    fault.times--;
    throw errno(fault.code, operation);
  }
}

export function errno(code: string, operation: string): Error {
  return Object.assign(new Error(`${code}: injected, ${operation}`), { code });
}
