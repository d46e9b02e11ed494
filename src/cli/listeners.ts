// The listeners of the settings: opened once the engine is ready, each with the database that it writes to.
import type { Clock, Statistics } from '../base/index.ts';
import type { Logger } from '../http/index.ts';
import {
  type Batching,
  type Lines,
  type Listener,
  type ListenerParts,
  type StoreOutcome,
  type UdpListenerOptions,
  openCollectdListener,
  openGraphiteListener,
  openOpentsdbListener,
  openUdpListener,
} from '../ingest/index.ts';
import type { Closers } from './closers.ts';
import type { OpenEngine } from './engine.ts';
import type { Settings } from './settings.ts';

export interface ListenersParts {
  readonly settings: Settings;
  readonly engine: Pick<OpenEngine, 'accept' | 'catalog'>;
  readonly statistics: Statistics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Opens what is enabled; each adds its stop to `closers`. Rejects with `unavailable` for an address that cannot be bound and
 * with `invalid` for settings that make no sense, with those that were opened left to `closers`.
 */
export async function openListeners(parts: ListenersParts, closers: Closers): Promise<void> {
  for (const { name, open } of plans(parts)) {
    const listener = await open();
    const withdraw = [
      parts.statistics.addStatistics(() => listener.statistics()),
      parts.statistics.addDiagnostics(() => listener.diagnostics()),
    ];
    closers.add(async () => {
      await listener.stop();
      for (const each of withdraw) each();
    });
    parts.logger.info({ address: listener.address }, `listening for ${name}`);
  }
}

interface Plan {
  readonly name: string;
  readonly open: () => Promise<Listener>;
}

function plans(parts: ListenersParts): readonly Plan[] {
  const { collectd, graphite, opentsdb, udp } = parts.settings;
  return [
    ...collectd.filter(isEnabled).map((settings) => ({ name: 'collectd', open: () => openCollectd(parts, settings) })),
    ...graphite.filter(isEnabled).map((settings) => ({ name: 'Graphite', open: () => openGraphite(parts, settings) })),
    ...opentsdb.filter(isEnabled).map((settings) => ({ name: 'OpenTSDB', open: () => openOpentsdb(parts, settings) })),
    ...udp
      .filter(isEnabled)
      .map((settings) => ({ name: 'line protocol by UDP', open: () => openUdp(parts, settings) })),
  ];
}

function isEnabled({ enabled }: { readonly enabled: boolean }): boolean {
  return enabled;
}

function openCollectd(parts: ListenersParts, settings: Settings['collectd'][number]): Promise<Listener> {
  const options = {
    bind: settings['bind-address'],
    readBufferBytes: settings['read-buffer'],
    typesDbPath: settings.typesdb || '/usr/share/collectd/types.db',
    securityLevel: settings['security-level'],
    authFile: settings['auth-file'] || '/etc/collectd/auth_file',
    join: settings['parse-multivalue-plugin'] === 'join',
    ...batching(settings, 5000, 10, 10_000),
  };
  const target = { database: settings.database || 'collectd', policy: settings['retention-policy'] };
  return openCollectdListener(options, listenerParts(parts, target));
}

function openGraphite(parts: ListenersParts, settings: Settings['graphite'][number]): Promise<Listener> {
  const { protocol, tags, templates } = settings;
  const options = {
    bind: settings['bind-address'],
    protocol,
    separator: settings.separator || '.',
    tags,
    templates,
    udpReadBufferBytes: settings['udp-read-buffer'],
    ...batching(settings, 5000, 10, 1000),
  };
  const database = settings.database || 'graphite';
  const target = { database, policy: settings['retention-policy'], makesPolicy: true };
  return openGraphiteListener(options, listenerParts(parts, target));
}

function openOpentsdb(parts: ListenersParts, settings: Settings['opentsdb'][number]): Promise<Listener> {
  const { http } = parts.settings;
  const options = {
    bind: settings['bind-address'],
    certificateFile: settings['tls-enabled'] ? settings.certificate : null,
    logPointErrors: settings['log-point-errors'],
    maxBodyBytes: http['max-body-size'],
    maxHeldBodyBytes: http['max-held-body-size'],
    ...batching(settings, 1000, 5, 1000),
  };
  const target = { database: settings.database || 'opentsdb', policy: settings['retention-policy'] };
  return openOpentsdbListener(options, listenerParts(parts, target));
}

function openUdp(parts: ListenersParts, settings: Settings['udp'][number]): Promise<Listener> {
  const options: UdpListenerOptions = {
    bind: settings['bind-address'],
    precision: settings.precision || 'ns',
    readBufferBytes: settings['read-buffer'],
    ...batching(settings, 5000, 10, 1000),
  };
  const target = { database: settings.database || 'udp', policy: settings['retention-policy'] };
  return openUdpListener(options, listenerParts(parts, target));
}

/** 0 stands for the default, as in InfluxDB. */
function batching(
  section: { readonly 'batch-size': number; readonly 'batch-pending': number; readonly 'batch-timeout': number },
  points: number,
  pending: number,
  timeoutMs: number,
): Batching {
  return {
    batchPoints: section['batch-size'] || points,
    maxPendingBatches: section['batch-pending'] || pending,
    timeoutMs: section['batch-timeout'] || timeoutMs,
  };
}

interface Target {
  readonly database: string;
  /** "" = the default one. */
  readonly policy: string;
  /** Whether a policy that is not there is made as well, as the default one. */
  readonly makesPolicy?: boolean;
}

function listenerParts({ engine, clock, logger }: ListenersParts, target: Target): ListenerParts {
  return {
    store: (lines) => store(engine, target, lines),
    onFault: ({ subject, what, example, count }) => logger.warn({ listener: subject, count, example }, what),
    nowNs: () => clock.nowNs(),
  };
}

async function store(engine: ListenersParts['engine'], target: Target, lines: Lines): Promise<StoreOutcome> {
  await makeTarget(engine.catalog, target);
  const { bytes, parts, precision } = lines;
  const outcome = await engine.accept({
    database: target.database,
    policy: target.policy || undefined,
    precision,
    lines: bytes,
    parts,
  });
  return {
    written: outcome.written,
    badLineCount: outcome.lineErrorCount,
    badLine: outcome.lineErrors[0],
    droppedCount: outcome.dropped.reduce((sum, { count }) => sum + count, 0),
    dropped: outcome.dropped[0]?.reason,
  };
}

async function makeTarget(
  catalog: ListenersParts['engine']['catalog'],
  { database, policy, makesPolicy = false }: Target,
): Promise<void> {
  const existing = catalog.database(database);
  if (existing === undefined) {
    await catalog.createDatabase(database, makesPolicy && policy !== '' ? { name: policy } : undefined);
  } else if (makesPolicy && policy !== '' && !existing.policies.some(({ name }) => name === policy)) {
    await catalog.createPolicy(database, { name: policy, makeDefault: true });
  }
}
