// What commands see of the process they run in.
import type { LogTarget } from './logger.ts';

export interface CommandIo {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: LogTarget;
  readonly stderr: LogTarget;
  exit(code: number): void;
  onSignal(signal: 'SIGINT' | 'SIGTERM', handle: (signal: string) => void): void;
}

export const processIo: CommandIo = {
  environment: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  exit: (code) => process.exit(code),
  onSignal: (signal, handle) => void process.on(signal, handle),
};
