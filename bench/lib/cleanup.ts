// What must be gone when the bench ends, however it ends: its processes and its temporary directory.
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export class Cleanup {
  /** The temporary directory. */
  readonly dir: string;
  readonly #children = new Set<ChildProcess>();

  /** Makes the directory in `parentDir`. From now on a signal ends the process through `process.exit`. */
  constructor(parentDir: string) {
    this.dir = mkdtempSync(join(parentDir, 'weir-bench-'));
    process.once('exit', () => this.run());
    for (const signal of SIGNALS) process.once(signal, () => process.exit(130));
  }

  /** Kills this process at the end unless it has exited by then. */
  watch(child: ChildProcess): void {
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
  }

  /** Synchronous, since it runs at the exit of the process. */
  run(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    this.#children.clear();
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}
