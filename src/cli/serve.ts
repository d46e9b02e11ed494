// `weir serve`: starts the server and runs it until it is told to stop.
import { messageOf } from '../base/index.ts';
import type { CommandIo } from './command-io.ts';
import { loadSettings, type SettingSources } from './load-settings.ts';
import { createLogger } from './logger.ts';
import { writePidFile } from './pid-file.ts';
import { startServer } from './server.ts';
import { readVersion } from './version.ts';
import { welcomeText } from './welcome.ts';

/** Exits the process itself: with 0 after a clean stop, at once on a second signal. `pidFile` is there while it runs. */
export async function serve(sources: SettingSources, io: CommandIo, pidFile?: string): Promise<void> {
  const { settings, warnings, notes } = await loadSettings(sources);
  const logger = createLogger(settings.log, io.stderr);
  for (const note of notes) logger.info({}, note);
  for (const warning of warnings) logger.warn({}, warning);
  const removePidFile = pidFile === undefined ? async () => {} : await writePidFile(pidFile);
  const server = await startServer(settings, { logger, stderr: io.stderr }).catch(async (error: unknown) => {
    await removePidFile();
    throw error;
  });
  const close = async (): Promise<void> => {
    await server.close();
    await removePidFile();
  };
  const { http } = settings;
  const facts = {
    address: server.address,
    dataDir: settings['data-dir'],
    hostMetrics: settings['host-metrics'],
    https: http['https-enabled'],
    authentication: http['auth-enabled'],
  };
  io.stdout.write(`\n${welcomeText({ version: readVersion(), ...facts })}\n`);
  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) io.exit(1);
    stopping = true;
    logger.info({ signal }, 'stopping');
    close().then(
      () => {
        logger.info({}, 'stopped');
        io.exit(0);
      },
      (error: unknown) => {
        logger.error({ error: messageOf(error) }, 'did not stop cleanly');
        io.exit(1);
      },
    );
  };
  io.onSignal('SIGINT', stop);
  io.onSignal('SIGTERM', stop);
}
