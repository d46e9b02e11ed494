// Subscriptions as the settings want them.
import { readFile } from 'node:fs/promises';
import { type Statistics, WeirError, messageOf } from '../base/index.ts';
import type { Catalog } from '../catalog/index.ts';
import type { Logger } from '../http/index.ts';
import { Subscriptions } from '../stream/index.ts';
import type { ViewDoor } from '../view/index.ts';
import type { Settings } from './settings.ts';

export interface SubscriptionsParts {
  readonly settings: Settings;
  readonly catalog: Catalog;
  readonly statistics: Statistics;
  readonly logger: Logger;
  /** Asked from the first change on. */
  readonly seriesTable: ViewDoor['seriesTable'];
}

/** What waits when the server stops may be sent for so long. */
const STOP_GRACE_MS = 5000;

/** null = nothing is forwarded. Rejects with `invalid` for authorities that cannot be read. */
export async function openSubscriptions(parts: SubscriptionsParts): Promise<Subscriptions | null> {
  const { catalog, statistics, logger, seriesTable } = parts;
  const settings = parts.settings.subscriber;
  if (!settings.enabled) return null;
  const subscriptions = new Subscriptions({
    catalog,
    seriesTable,
    options: {
      http: {
        timeoutMs: settings['http-timeout'] || 30_000,
        insecureSkipVerify: settings['insecure-skip-verify'],
        caCertificates: await readAuthorities(settings['ca-certs']),
        concurrency: settings['write-concurrency'] || 40,
      },
      maxBatches: settings['write-buffer-size'] || 1000,
      maxBytes: settings['write-buffer-bytes'] || Infinity,
      graceMs: STOP_GRACE_MS,
    },
    onFault: ({ subject, what, example, count }) => logger.warn({ subscription: subject, count, example }, what),
  });
  statistics.addStatistics(() => subscriptions.statistics());
  return subscriptions;
}

async function readAuthorities(path: string): Promise<string | undefined> {
  if (path === '') return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new WeirError('invalid', `subscriber.ca-certs cannot be read: ${messageOf(error)}`, error);
  }
}
