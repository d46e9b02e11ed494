// Settings of the log of HTTP requests, and of what every answer carries. Keys are those of InfluxDB 1.x.
import { boolean, text, texts } from './setting-types.ts';

export const HTTP_LOG_SETTINGS = {
  'log-enabled': boolean(false, 'Whether each request is logged, in the common log format'),
  'access-log-path': text('', 'File that requests are logged to; empty: standard error'),
  'access-log-status-filters': texts('Statuses of requests that are logged: `404`, `40x`, `5xx`; none: all'),
  'suppress-write-log': boolean(false, 'Whether writes are left out of that log'),
  headers: texts('Headers of every answer, `NAME: VALUE`'),
};
