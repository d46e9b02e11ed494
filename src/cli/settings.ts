// Every setting of Weir, as one tree: what it is called, what it accepts, its default and what it does.
// `docs/configuration.md` lists the same keys; a test holds the two together.
import { HTTP_ACCESS_SETTINGS, TLS_SETTINGS } from './access-settings.ts';
import { HTTP_LOG_SETTINGS } from './http-log-settings.ts';
import { LADDERS_SETTINGS, LADDER_SETTINGS } from './ladder-settings.ts';
import {
  COLLECTD_SETTINGS,
  GRAPHITE_SETTINGS,
  OPENTSDB_SETTINGS,
  SUBSCRIBER_SETTINGS,
  UDP_SETTINGS,
} from './listener-settings.ts';
import { CONTINUOUS_QUERY_SETTINGS } from './schedule-settings.ts';
import {
  type SettingsOf,
  address,
  boolean,
  choice,
  duration,
  integer,
  leavesOf,
  listsOf,
  section,
  size,
  text,
} from './setting-types.ts';

export const SETTINGS_TREE = section({
  'data-dir': text('', 'Directory of all data. Empty: `$XDG_DATA_HOME/weir`, or `~/.weir` where that is not set'),
  durability: choice(
    ['fsync', 'os'],
    'fsync',
    'When a write is acknowledged: once it is on the disk, or once the operating system has it (a power failure may lose it)',
  ),
  'host-metrics': boolean(
    true,
    "Record this machine's cpu, memory, disks, network and load every second into database `host`",
  ),
  http: section({
    bind: address(
      '127.0.0.1:8086',
      'Address to listen on, `HOST:PORT`; port 0 takes a free one, `:PORT` listens on all addresses',
    ),
    'max-body-size': size(25_000_000, 'Largest body of a request, unpacked; 0 = no limit. Beyond: 413'),
    'max-held-body-size': size(
      '512m',
      'Bodies of all requests that may be in memory at once; 0 = no limit. Beyond: 503',
    ),
    'max-concurrent-writes': integer(0, 'Writes that are worked on at once; 0 = no limit. More wait in line'),
    'max-waiting-writes': integer(1000, 'Writes that may wait in line. Beyond: 503'),
    'write-wait': duration('30s', 'How long a write may wait in line; `0s` = for ever. Beyond: 503'),
    'max-row-limit': integer(
      0,
      'Rows of an answer that is not chunked; 0 = no limit. Longer answers are cut and marked partial',
    ),
    'max-connection-limit': integer(0, 'Connections at once; 0 = no limit. More are closed at once'),
    'keep-alive': duration('75s', 'How long a connection may stand idle between requests'),
    'shutdown-grace': duration('10s', 'How long running requests may go on when Weir is stopped'),
    ...HTTP_ACCESS_SETTINGS,
    ...HTTP_LOG_SETTINGS,
  }),
  tls: TLS_SETTINGS,
  write: section({
    unsigned: boolean(false, 'Accept unsigned integers (`1u`) in line protocol, which InfluxDB 1.x refuses'),
  }),
  query: section({
    'max-concurrent': integer(0, 'Queries that run at once; 0 = no limit. More are refused'),
    timeout: duration('0s', 'How long a query may take; `0s` = no limit'),
    'log-queries-after': duration('0s', 'Queries that take longer are logged; `0s` = none'),
    'max-select-series': integer(0, 'Series that one SELECT may read; 0 = no limit'),
    'max-select-points': integer(0, 'Points that one SELECT may read; 0 = no limit'),
    'max-select-buckets': integer(0, 'GROUP BY time intervals that one SELECT may make; 0 = no limit'),
    'memory-budget': size('1g', 'Intermediate results that one query may hold. Beyond: it fails'),
    threads: integer(0, 'Worker threads for large queries; 0 = by the number of processors'),
  }),
  storage: section({
    'flush-size': size('192m', 'Recent points are written out as blocks once they fill this much memory'),
    'flush-age': duration('10m', 'Recent points are written out as blocks once they are this old'),
    'max-memtable-size': size(
      '768m',
      'Recent points in memory, those being written out included, beyond which writes wait',
    ),
    'page-cache-size': size('256m', 'Decoded pages of blocks that are kept in memory, on each thread'),
    'max-series-per-database': integer(
      0,
      'Series that a database may have; 0 = no limit. Points of more are dropped, and the write says so',
    ),
    'max-values-per-tag': integer(
      0,
      'Values that a tag of a measurement may have; 0 = no limit. Points with more are dropped, and the write says so',
    ),
    'retention-autocreate': boolean(true, 'Whether `CREATE DATABASE` makes the retention policy `autogen`, too'),
    'log-segment-size': size('64m', 'Size of one file of the log'),
    'retention-interval': duration(
      '10m',
      'How often shards past their retention period are looked for and dropped; `0s` = never',
    ),
  }),
  monitor: section({
    'store-enabled': boolean(true, "Write the server's own statistics into a database"),
    'store-database': text('_internal', 'The database; it is made when it is first written to'),
    'store-interval': duration('10s', 'How often; `0s` = never'),
  }),
  'continuous-queries': CONTINUOUS_QUERY_SETTINGS,
  ladder: LADDER_SETTINGS,
  ladders: LADDERS_SETTINGS,
  subscriber: SUBSCRIBER_SETTINGS,
  graphite: GRAPHITE_SETTINGS,
  collectd: COLLECTD_SETTINGS,
  opentsdb: OPENTSDB_SETTINGS,
  udp: UDP_SETTINGS,
  log: section({
    level: choice(['debug', 'info', 'warn', 'error', 'silent'], 'info', 'What is logged, to standard error'),
    format: choice(
      ['auto', 'json', 'logfmt', 'text'],
      'auto',
      'JSON lines, `key=value` pairs or text for people; `auto` is text on a terminal, else JSON',
    ),
  }),
});

export type Settings = SettingsOf<typeof SETTINGS_TREE>;

export const SETTINGS = leavesOf(SETTINGS_TREE);

/** Of the sections that may stand several times. */
export const SETTING_LISTS = listsOf(SETTINGS_TREE);

/** `WEIR_HTTP_MAX_BODY_SIZE` */
export function environmentName(key: string): string {
  return `WEIR_${key.replace(/[.-]/g, '_').toUpperCase()}`;
}

/** `--http-max-body-size` */
export function flagName(key: string): string {
  return `--${key.replaceAll('.', '-')}`;
}
