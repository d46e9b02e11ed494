// A Weir on a directory, for tests of clients.
import { loadSettings } from '../load-settings.ts';
import { type RunningServer, startServer } from '../server.ts';

const logger = { debug() {}, info() {}, warn() {}, error() {} };

const QUIET = {
  '--http-bind': '127.0.0.1:0',
  '--host-metrics': 'false',
  '--monitor-store-enabled': 'false',
  '--durability': 'os',
};

/** On a free port, without anything that writes by itself. */
export async function startWeir(dir: string, flags: Readonly<Record<string, string>> = {}): Promise<RunningServer> {
  const { settings } = await loadSettings({
    flags: { ...QUIET, '--data-dir': dir, ...flags },
    environment: {},
    file: null,
  });
  return startServer(settings, { logger });
}
