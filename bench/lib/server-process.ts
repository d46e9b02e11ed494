// A server under test: started, waited for, measured through /proc and stopped by its process id.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cleanup } from './cleanup.ts';

/** Linux reports CPU time in these units to user space, whatever the kernel's own clock. */
const TICKS_PER_SECOND = 100;
const PROBE_INTERVAL_MS = 5;
const READY_TIMEOUT_MS = 300_000;
const STOP_TIMEOUT_MS = 120_000;
const LOG_TAIL_CHARS = 2000;

export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #logPath: string;
  readonly #name: string;
  #exit: string | undefined;
  readonly #exited: Promise<void>;

  /** Output of the program goes to a file at `logPath`. */
  constructor(command: readonly [string, ...string[]], logPath: string, cleanup: Cleanup) {
    const [program, ...parameters] = command;
    const log = openSync(logPath, 'a');
    this.#child = spawn(program, parameters, { stdio: ['ignore', log, log] });
    closeSync(log);
    cleanup.watch(this.#child);
    this.#logPath = logPath;
    this.#name = program;
    this.#exited = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#exit = error.message;
        resolve();
      });
      this.#child.once('exit', (code, signal) => {
        this.#exit = `exit ${signal ?? code}`;
        resolve();
      });
    });
  }

  get isAlive(): boolean {
    return this.#exit === undefined;
  }

  /** Resolves with the milliseconds it took until `probe` was true; a probe that throws is false. Rejects when the process ends. */
  async ready(probe: () => Promise<boolean>): Promise<number> {
    const startedAt = performance.now();
    while (performance.now() - startedAt < READY_TIMEOUT_MS) {
      if (await probe().catch(() => false)) return performance.now() - startedAt;
      if (this.#exit !== undefined) throw new Error(`${this.#name} did not start (${this.#exit}):\n${this.logTail()}`);
      await sleep(PROBE_INTERVAL_MS);
    }
    throw new Error(`${this.#name} is not ready after ${READY_TIMEOUT_MS / 1000} s:\n${this.logTail()}`);
  }

  /** The most memory it ever had, or undefined where /proc does not tell. */
  peakRssBytes(): number | undefined {
    return this.#memory('VmHWM');
  }

  rssBytes(): number | undefined {
    return this.#memory('VmRSS');
  }

  /** CPU time of all its threads so far, in user and in system mode. */
  cpuSeconds(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/stat`, 'latin1');
    // Fields after the program's name, which stands in parentheses and may hold blanks: utime and stime are the 12th and 13th.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  /** Asks it to stop, and makes it when it does not. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const ended = await Promise.race([this.#exited.then(() => true), sleep(STOP_TIMEOUT_MS, false, { ref: false })]);
    if (!ended) await this.kill();
  }

  /** kill -9. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  logTail(): string {
    return readFileSync(this.#logPath, 'utf8').slice(-LOG_TAIL_CHARS);
  }

  #memory(key: 'VmHWM' | 'VmRSS'): number | undefined {
    try {
      const match = new RegExp(`^${key}:\\s+(\\d+) kB$`, 'm').exec(
        readFileSync(`/proc/${this.#child.pid}/status`, 'latin1'),
      );
      return match === null ? undefined : Number(match[1]) * 1024;
    } catch {
      return undefined;
    }
  }
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
