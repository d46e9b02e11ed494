// Continuous queries in a running server: run at their interval, logged, counted, and written about into the database of
// statistics. `engine.ts` opens them before the view, which tells them of changes.
import { hostname } from 'node:os';
import { type Clock, type Statistics, WeirError, isWeirError, messageOf } from '../base/index.ts';
import type { Logger } from '../http/index.ts';
import type { RunningQueries } from '../influxql/index.ts';
import { type QueryRun, cqDiagnostics, cqStatistics, startTicker, timeText } from '../schedule/index.ts';
import type { Closers } from './closers.ts';
import type { OpenEngine } from './engine.ts';
import { linesOf } from './monitor/internal-store.ts';
import type { Settings } from './settings.ts';

export interface ContinuousQueryRunnerParts {
  readonly settings: Settings;
  readonly engine: OpenEngine;
  readonly queries: RunningQueries;
  readonly statistics: Statistics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Does nothing when they are not enabled. Throws `invalid` for an interval of nothing. */
export function runContinuousQueries(parts: ContinuousQueryRunnerParts, closers: Closers): void {
  const { settings, engine, queries, statistics, clock, logger } = parts;
  const { continuousQueries: service, view, contextOf } = engine;
  if (service === null) return;
  const { 'run-interval': intervalMs, 'log-enabled': logsRuns } = settings['continuous-queries'];
  if (intervalMs === 0) throw new WeirError('invalid', 'continuous-queries.run-interval must be positive');
  const store = runStore(parts);
  service.start({
    view,
    queries,
    contextOf,
    onRun: (run) => {
      logRun(run, logsRuns, logger);
      store(run);
    },
    onBroken: ({ database, name, problem }) =>
      logger.warn({ database, name, error: problem }, 'a continuous query cannot run'),
  });
  statistics.addStatistics(() => cqStatistics(service));
  statistics.addDiagnostics(() => cqDiagnostics(service, clock.nowNs()));
  const ticker = startTicker(() => service.tick(), intervalMs, failureLog(logger));
  closers.add(() => {
    service.stop();
    return ticker.stop();
  });
}

function logRun({ query, step, outcome, news }: QueryRun, logsRuns: boolean, logger: Logger): void {
  const { database, name } = query;
  const { error, written, durationMs } = outcome;
  const [start, end] = [timeText(step.range.startNs), timeText(step.range.endNs)];
  const fields = { database, name, start, end };
  if (error !== null) {
    if (!isWeirError(error)) logger.error({ ...fields, err: error }, 'a continuous query failed');
    else if (news) logger.warn({ ...fields, error: error.message }, 'a continuous query failed');
    return;
  }
  if (news) logger.info(fields, 'a continuous query works again');
  if (logsRuns) {
    const late = step.kind === 'late';
    logger.info({ ...fields, written, durationMs: Math.round(durationMs), late }, 'a continuous query ran');
  }
}

/** Points as InfluxDB writes them, once its database of statistics exists. */
function runStore({ settings, engine, clock, logger }: ContinuousQueryRunnerParts): (run: QueryRun) => void {
  const { 'store-enabled': isStored, 'store-database': database } = settings.monitor;
  if (!isStored || !settings['continuous-queries']['query-stats-enabled']) return () => {};
  return ({ query, step, outcome }) => {
    if (outcome.error !== null || engine.catalog.database(database) === undefined) return;
    const values = {
      durationNs: Math.round(outcome.durationMs * 1e6),
      endTime: step.range.endNs,
      pointsWrittenOK: outcome.written,
      startTime: step.range.startNs,
    };
    const tags = { cq: query.name, db: query.database };
    const lines = Buffer.from(linesOf([{ name: 'cq_query', tags, values }], hostname(), clock.nowNs()));
    engine.accept({ database, policy: undefined, precision: 'ns', lines }).catch((error: unknown) => {
      logger.warn({ error: messageOf(error) }, 'figures of a continuous query cannot be stored');
    });
  };
}

/** Once for failures that are the same. */
function failureLog(logger: Logger): (error: unknown) => void {
  let last = '';
  return (error) => {
    const message = messageOf(error);
    if (message === last) return;
    last = message;
    if (isWeirError(error)) logger.error({ error: message }, 'continuous queries are held up');
    else logger.error({ err: error }, 'continuous queries are held up');
  };
}
