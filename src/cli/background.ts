// What a running server does by itself: it records its machine, and drops what is past its retention period.
import { isWeirError, messageOf } from '../base/index.ts';
import type { Logger } from '../http/index.ts';
import { startHostMetrics } from '../ingest/index.ts';
import { DAY } from '../model/index.ts';
import type { ViewDoor } from '../view/index.ts';
import type { OpenEngine } from './engine.ts';
import type { Settings } from './settings.ts';

const HOST_DATABASE = 'host';
/** The machine's own figures are kept this long. */
const HOST_POLICY = { name: 'week', durationNs: 7n * DAY };

/** Something that runs until it is stopped. */
export interface Background {
  stop(): Promise<void>;
}

export function startBackground(settings: Settings, engine: OpenEngine, logger: Logger): readonly Background[] {
  const retentionMs = settings.storage['retention-interval'];
  return [
    ...(retentionMs > 0 ? [enforceRetention(engine.view, retentionMs, logger)] : []),
    ...(settings['host-metrics'] ? [recordHost(engine, logger)] : []),
  ];
}

/** Writes into database `host`, which is made when it is not there. */
function recordHost(engine: OpenEngine, logger: Logger): Background {
  const { catalog, accept } = engine;
  return startHostMetrics({
    write: async (lines) => {
      if (catalog.database(HOST_DATABASE) === undefined) await catalog.createDatabase(HOST_DATABASE, HOST_POLICY);
      const outcome = await accept({ database: HOST_DATABASE, policy: undefined, precision: 's', lines });
      const [refusal] = [...outcome.dropped.map(({ reason }) => reason), ...outcome.lineErrors];
      if (refusal !== undefined) throw new Error(refusal);
    },
    onFailure: (error) => {
      if (error === null) logger.info({}, 'host metrics are recorded again');
      else if (isWeirError(error)) logger.warn({ error: error.message }, 'host metrics cannot be recorded');
      else logger.warn({ err: error }, 'host metrics cannot be recorded');
    },
  });
}

function enforceRetention(view: ViewDoor, intervalMs: number, logger: Logger): Background {
  let round: Promise<void> | null = null;
  const start = (): void => {
    round ??= view
      .enforceRetention()
      .catch((error: unknown) => logger.error({ error: messageOf(error) }, 'retention failed'))
      .finally(() => (round = null));
  };
  start();
  const timer = setInterval(start, intervalMs);
  return {
    async stop() {
      clearInterval(timer);
      await round;
    },
  };
}
