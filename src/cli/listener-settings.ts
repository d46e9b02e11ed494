// Settings of the listeners for other protocols and of subscriptions. Keys and defaults are those of InfluxDB 1.x; as there,
// 0 and "" stand for the default.
import { address, boolean, choice, duration, integer, section, sections, size, text, texts } from './setting-types.ts';

const POLICY = 'Retention policy; empty: the default one';
const READ_BUFFER = "Size of the operating system's receive buffer; 0 = its default";

function target(port: number, database: string) {
  return {
    enabled: boolean(false, 'Whether it listens'),
    'bind-address': address(`:${port}`, 'Address to listen on, `HOST:PORT` or `:PORT`'),
    database: text(database, 'Database, which is made when the first points come'),
    'retention-policy': text('', POLICY),
  };
}

function batching(points: number, pending: number, timeout: string) {
  return {
    'batch-size': integer(points, 'Points that are stored together'),
    'batch-pending': integer(
      pending,
      'Batches that may wait to be stored; beyond, TCP connections wait and datagrams are dropped and counted',
    ),
    'batch-timeout': duration(timeout, 'How long points wait for a batch to fill'),
  };
}

const CONSISTENCY = choice(
  ['', 'any', 'one', 'quorum', 'all'],
  'one',
  'Accepted and without effect: one node holds everything',
);

export const GRAPHITE_SETTINGS = sections({
  ...target(2003, 'graphite'),
  protocol: choice(['tcp', 'udp'], 'tcp', 'Transport'),
  ...batching(5000, 10, '1s'),
  'consistency-level': CONSISTENCY,
  separator: text('.', 'Joins parts of a path that a template gives to the same measurement, field or tag'),
  tags: texts('Tags of every point, `key=value`; those of a template or a path go before them'),
  templates: texts('How paths become measurements, fields and tags: `[FILTER] TEMPLATE [TAG=VALUE,…]`'),
  'udp-read-buffer': integer(0, READ_BUFFER),
});

export const COLLECTD_SETTINGS = sections({
  ...target(25_826, 'collectd'),
  ...batching(5000, 10, '10s'),
  'read-buffer': integer(0, READ_BUFFER),
  typesdb: text('/usr/share/collectd/types.db', "collectd's data sources: a file, or a directory of such files"),
  'security-level': choice(
    ['none', 'sign', 'encrypt'],
    'none',
    'What packets must be at least; signed and encrypted ones are read at every level',
  ),
  'auth-file': text(
    '/etc/collectd/auth_file',
    'Users and passwords, `user: password` a line; read again when it changes',
  ),
  'parse-multivalue-plugin': choice(
    ['split', 'join'],
    'split',
    'Several values of one plugin: a measurement each, or fields of one measurement',
  ),
});

export const OPENTSDB_SETTINGS = sections({
  ...target(4242, 'opentsdb'),
  ...batching(1000, 5, '1s'),
  'consistency-level': CONSISTENCY,
  'tls-enabled': boolean(false, 'Whether connections are encrypted'),
  certificate: text('/etc/ssl/influxdb.pem', 'PEM file with certificate and private key'),
  'log-point-errors': boolean(true, 'Whether points that cannot be read are logged'),
});

export const UDP_SETTINGS = sections({
  ...target(8089, 'udp'),
  precision: choice(['', 'n', 'ns', 'u', 'us', 'ms', 's', 'm', 'h'], '', 'Unit of the timestamps; empty: nanoseconds'),
  ...batching(5000, 10, '1s'),
  'read-buffer': integer(0, READ_BUFFER),
});

export const SUBSCRIBER_SETTINGS = section({
  enabled: boolean(true, 'Whether points are forwarded to subscriptions'),
  'http-timeout': duration('30s', 'How long a destination may take to answer'),
  'insecure-skip-verify': boolean(false, 'Whether any certificate of an HTTPS destination is accepted'),
  'ca-certs': text(
    '',
    'PEM file of the authorities that HTTPS destinations are checked against; empty: well-known ones',
  ),
  'write-concurrency': integer(40, 'Requests of one subscription that may be under way at once'),
  'write-buffer-size': integer(
    1000,
    'Batches that may wait for one subscription; beyond, they are dropped and counted',
  ),
  'write-buffer-bytes': size(
    '128m',
    'Memory of the batches that may wait for one subscription; beyond, they are dropped and counted',
  ),
});
