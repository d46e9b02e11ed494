// Every key of InfluxDB 1.8's configuration, and what becomes of it. `docs/migrating-from-influxdb.md` has the same table.
import { basename, dirname, join } from 'node:path';
import { type InfluxdbKey, keysOf, sameKeys } from './influxdb-key.ts';

const SHARDS = 'a shard comes into being with its first point, at no cost';
const TSM = 'about TSM files; Weir stores blocks of its own';
const PROFILES = "Weir has no Go profiles; Node's own tools look into it";

export const INFLUXDB_KEYS: readonly InfluxdbKey[] = [
  ...keysOf('', [
    ['reporting-disabled', 'boolean', null, 'Weir never reports to anybody'],
    ['reporting-enabled', 'boolean', null, "Debian's name of the same; Weir never reports to anybody"],
    ['bind-address', 'text', null, 'was for `influxd backup`; `weir backup` uses HTTP'],
  ]),
  ...keysOf('meta', [
    ['dir', 'text', null, '`data-dir` holds everything'],
    ['retention-autocreate', 'boolean', 'storage.retention-autocreate'],
    ['logging-enabled', 'boolean', null, 'there is no such service'],
  ]),
  ...keysOf('data', [
    ['dir', 'text', 'data-dir', 'the directory `weir` beside it; the files of InfluxDB stay as they are', besideData],
    ['wal-dir', 'text', null, 'the log is in `data-dir`'],
    ['wal-fsync-delay', 'duration', null, 'writes that come together share an fsync in any case; see `durability`'],
    ['index-version', 'text', null, TSM],
    ['validate-keys', 'boolean', null, 'keys must always be UTF-8'],
    ['strict-error-handling', 'boolean', null, 'values that cannot be stored are always an error'],
    ['query-log-enabled', 'boolean', null, '`http.log-enabled` shows each query, `query.log-queries-after` slow ones'],
    ['trace-logging-enabled', 'boolean', null, TSM],
    ['cache-max-memory-size', 'size', null, 'was for each shard; `storage.max-memtable-size` is for all together'],
    ['cache-snapshot-memory-size', 'size', null, 'was for each shard; `storage.flush-size` is for all together'],
    [
      'cache-snapshot-write-cold-duration',
      'duration',
      'storage.flush-age',
      'counts from the oldest point that is not in a block',
    ],
    ['compact-full-write-cold-duration', 'duration', null, TSM],
    ['compact-throughput', 'size', null, TSM],
    ['compact-throughput-burst', 'size', null, TSM],
    ['max-concurrent-compactions', 'integer', null, 'one merge at a time is enough'],
    ['max-index-log-file-size', 'size', null, TSM],
    ['series-id-set-cache-size', 'integer', null, TSM],
    ['series-file-max-concurrent-snapshot-compactions', 'integer', null, TSM],
    ['tsm-use-madv-willneed', 'boolean', null, TSM],
    ['max-series-per-database', 'integer', 'storage.max-series-per-database', 'no limit unless it is given'],
    ['max-values-per-tag', 'integer', 'storage.max-values-per-tag', 'no limit unless it is given'],
  ]),
  ...keysOf('coordinator', [
    ['write-timeout', 'duration', null, 'was for writes to other nodes'],
    ['max-concurrent-queries', 'integer', 'query.max-concurrent'],
    ['query-timeout', 'duration', 'query.timeout'],
    ['log-queries-after', 'duration', 'query.log-queries-after'],
    ['max-select-point', 'integer', 'query.max-select-points'],
    ['max-select-series', 'integer', 'query.max-select-series'],
    ['max-select-buckets', 'integer', 'query.max-select-buckets'],
  ]),
  ...keysOf('retention', [
    ['check-interval', 'duration', 'storage.retention-interval'],
    // After the interval, which it takes the place of.
    [
      'enabled',
      'boolean',
      'storage.retention-interval',
      '`false` is the interval `0s`',
      (on) => (on === true ? undefined : '0s'),
    ],
  ]),
  ...keysOf('shard-precreation', [
    ['enabled', 'boolean', null, SHARDS],
    ['check-interval', 'duration', null, SHARDS],
    ['advance-period', 'duration', null, SHARDS],
  ]),
  ...sameKeys('monitor', 'monitor', {
    'store-enabled': 'boolean',
    'store-database': 'text',
    'store-interval': 'duration',
  }),
  ...keysOf('http', [
    ['enabled', 'boolean', null, 'must be true: Weir is reached by HTTP only', mustServeHttp],
    ['bind-address', 'text', 'http.bind', '`:8086` when it is missing, as in InfluxDB'],
    ['flux-enabled', 'boolean', null, 'Flux is not built yet'],
    ['flux-log-enabled', 'boolean', null, 'Flux is not built yet'],
    ['auth-enabled', 'boolean', 'http.auth-enabled'],
    ['realm', 'text', 'http.realm'],
    ['log-enabled', 'boolean', 'http.log-enabled', '`true` when it is missing, as in InfluxDB'],
    ['suppress-write-log', 'boolean', 'http.suppress-write-log'],
    ['access-log-path', 'text', 'http.access-log-path', 'found anew when it was moved away'],
    ['access-log-status-filters', 'texts', 'http.access-log-status-filters'],
    ['write-tracing', 'boolean', null, 'bodies of writes are not logged'],
    ['pprof-enabled', 'boolean', null, PROFILES],
    ['pprof-auth-enabled', 'boolean', 'http.pprof-auth-enabled', 'for `/debug/vars` and `/debug/requests`'],
    ['debug-pprof-enabled', 'boolean', null, PROFILES],
    ['ping-auth-enabled', 'boolean', 'http.ping-auth-enabled'],
    [
      'prom-read-auth-enabled',
      'boolean',
      null,
      'reads by Prometheus need the right to read whenever `http.auth-enabled` is on',
    ],
    ['headers', 'headers', 'http.headers'],
    ['https-enabled', 'boolean', 'http.https-enabled'],
    ['https-certificate', 'text', 'http.https-certificate'],
    ['https-private-key', 'text', 'http.https-private-key'],
    ['shared-secret', 'text', 'http.shared-secret'],
    ['max-row-limit', 'integer', 'http.max-row-limit'],
    ['max-connection-limit', 'integer', 'http.max-connection-limit'],
    ['unix-socket-enabled', 'boolean', 'http.unix-socket-enabled'],
    ['bind-socket', 'text', 'http.bind-socket'],
    ['unix-socket-group', 'group', 'http.unix-socket-group'],
    ['unix-socket-permissions', 'text', 'http.unix-socket-permissions'],
    ['max-body-size', 'integer', 'http.max-body-size'],
    ['max-concurrent-write-limit', 'integer', 'http.max-concurrent-writes'],
    ['max-enqueued-write-limit', 'integer', 'http.max-waiting-writes'],
    ['enqueued-write-timeout', 'nanoseconds', 'http.write-wait'],
  ]),
  ...keysOf('logging', [
    ['format', 'text', 'log.format', '`auto` is JSON, not logfmt, where it is no terminal', logFormat],
    ['level', 'text', 'log.level', '', logLevel],
    ['suppress-logo', 'boolean', null, 'there is no logo'],
  ]),
  ...sameKeys('subscriber', 'subscriber', {
    enabled: 'boolean',
    'http-timeout': 'duration',
    'insecure-skip-verify': 'boolean',
    'ca-certs': 'text',
    'write-concurrency': 'integer',
    'write-buffer-size': 'integer',
  }),
  ...sameKeys('graphite', 'graphite', {
    enabled: 'boolean',
    'bind-address': 'text',
    database: 'text',
    'retention-policy': 'text',
    protocol: 'text',
    'consistency-level': 'text',
    'batch-size': 'integer',
    'batch-pending': 'integer',
    'batch-timeout': 'duration',
    'udp-read-buffer': 'integer',
    separator: 'text',
    tags: 'texts',
    templates: 'texts',
  }),
  ...sameKeys('collectd', 'collectd', {
    enabled: 'boolean',
    'bind-address': 'text',
    database: 'text',
    'retention-policy': 'text',
    typesdb: 'text',
    'security-level': 'text',
    'auth-file': 'text',
    'batch-size': 'integer',
    'batch-pending': 'integer',
    'batch-timeout': 'duration',
    'read-buffer': 'integer',
    'parse-multivalue-plugin': 'text',
  }),
  ...sameKeys('opentsdb', 'opentsdb', {
    enabled: 'boolean',
    'bind-address': 'text',
    database: 'text',
    'retention-policy': 'text',
    'consistency-level': 'text',
    'tls-enabled': 'boolean',
    certificate: 'text',
    'log-point-errors': 'boolean',
    'batch-size': 'integer',
    'batch-pending': 'integer',
    'batch-timeout': 'duration',
  }),
  ...sameKeys('udp', 'udp', {
    enabled: 'boolean',
    'bind-address': 'text',
    database: 'text',
    'retention-policy': 'text',
    precision: 'text',
    'batch-size': 'integer',
    'batch-pending': 'integer',
    'batch-timeout': 'duration',
    'read-buffer': 'integer',
  }),
  ...sameKeys('continuous_queries', 'continuous-queries', {
    enabled: 'boolean',
    'log-enabled': 'boolean',
    'query-stats-enabled': 'boolean',
    'run-interval': 'duration',
  }),
  ...sameKeys('tls', 'tls', { ciphers: 'texts', 'min-version': 'text', 'max-version': 'text' }),
];

/** Sections that may stand several times. */
export const INFLUXDB_LISTS: readonly string[] = ['graphite', 'collectd', 'opentsdb', 'udp'];

/** What a 1.x file means that says nothing of it, where Weir's own default is another. */
export const INFLUXDB_DEFAULTS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['http.bind', ':8086'],
  ['http.log-enabled', true],
  ['http.max-waiting-writes', 0],
  ['storage.retention-interval', '30m'],
  // InfluxDB makes no such database.
  ['host-metrics', false],
]);

/** `/var/lib/influxdb/data` -> `/var/lib/influxdb/weir`: on the same disk, and nothing that influxd would take for its own. */
function besideData(dir: unknown): unknown {
  const path = String(dir);
  if (basename(path) === '') throw new Error('expected a directory');
  return join(dirname(path), 'weir');
}

function mustServeHttp(enabled: unknown): undefined {
  if (enabled === false) throw new Error('Weir is reached by HTTP only; bind it to 127.0.0.1 to keep others out');
}

function logFormat(format: unknown): unknown {
  return format === 'console' ? 'text' : format;
}

/** InfluxDB's levels above `error` are for panics. */
function logLevel(level: unknown): unknown {
  const name = String(level).toLowerCase();
  return ['dpanic', 'panic', 'fatal'].includes(name) ? 'error' : name;
}
