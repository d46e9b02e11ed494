// Ladders in a running server: opened before the view, which tells them of changes; at work once it is open.
import { type Clock, type Statistics, WeirError, messageOf } from '../base/index.ts';
import { type Catalog, fedLadders } from '../catalog/index.ts';
import type { Logger } from '../http/index.ts';
import { type LadderEvent, Ladders, SavedLaddersLog, ladderDiagnostics, ladderStatistics } from '../ladder/index.ts';
import type { ObjectStore } from '../store/index.ts';
import type { Closers } from './closers.ts';
import type { OpenEngine } from './engine.ts';
import type { Settings } from './settings.ts';

export interface LaddersParts {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often is looked for ladders that came otherwise than by a statement, as with a restored database. */
const LOOK_MS = 1000;

/** Until they run they only hear, and the log is kept for them. */
export async function openLadders(
  { settings, clock, logger }: LaddersParts,
  catalog: Catalog,
  store: ObjectStore,
): Promise<Ladders> {
  const share = settings.ladders['repair-share'];
  if (share < 1 || share > 100) {
    throw new WeirError('invalid', `ladders.repair-share: expected a percentage from 1 to 100, got ${share}`);
  }
  const log = new SavedLaddersLog(store);
  return new Ladders({
    clock,
    ladders: () => fedLadders(catalog),
    saved: await log.load(),
    save: (state) => log.save(state),
    onEvent: logEvent(logger),
    repairShare: share / 100,
  });
}

export function runLadders(
  engine: OpenEngine,
  { statistics, clock, logger }: { readonly statistics: Statistics; readonly clock: Clock; readonly logger: Logger },
  closers: Closers,
): void {
  const { ladders, catalog, view } = engine;
  ladders.attach(view);
  statistics.addStatistics(() => ladderStatistics(ladders, clock.nowNs()));
  statistics.addDiagnostics(() => ladderDiagnostics(ladders, clock.nowNs()));
  let seen = fedLadders(catalog);
  const timer = setInterval(() => {
    const present = fedLadders(catalog);
    if (present === seen) return;
    seen = present;
    ladders.refresh().catch((error: unknown) => logger.warn({ error: messageOf(error) }, 'ladders cannot be changed'));
  }, LOOK_MS);
  closers.add(async () => {
    clearInterval(timer);
    await ladders.close();
  });
}

/** Once for failures that are the same. */
function logEvent(logger: Logger): (event: LadderEvent) => void {
  let last = '';
  return (event) => {
    if (event.kind === 'recovered') {
      last = '';
      logger.info({}, 'ladders are fed again');
      return;
    }
    const { what, message } = event;
    if (`${what} ${message}` === last) return;
    last = `${what} ${message}`;
    logger.error({ what, error: message }, 'ladders are held up');
  };
}
