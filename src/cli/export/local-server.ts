// A server for the time of one command, on a data directory that nobody else uses: it answers questions and does nothing else.
import type { CommandIo } from '../command-io.ts';
import { loadSettings } from '../load-settings.ts';
import { createLogger } from '../logger.ts';
import { startServer } from '../server.ts';

/** All that would change the data while it is read. */
const QUIET: Readonly<Record<string, string>> = {
  '--http-bind': '127.0.0.1:0',
  '--host-metrics': 'false',
  '--monitor-store-enabled': 'false',
  '--continuous-queries-enabled': 'false',
  '--subscriber-enabled': 'false',
  '--storage-retention-interval': '0s',
};

/** Runs `use` with the address of the server. Rejects with `locked` while another process has the directory. */
export async function withServerOn(dir: string, io: CommandIo, use: (address: string) => Promise<void>): Promise<void> {
  const { settings } = await loadSettings({ flags: { ...QUIET, '--data-dir': dir }, environment: {}, file: null });
  const logger = createLogger({ ...settings.log, level: 'warn' }, io.stderr);
  const server = await startServer(settings, { logger });
  try {
    await use(server.address);
  } finally {
    await server.close();
  }
}
