// What the settings say of the log of HTTP requests and of headers, in the words of the http room.
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { WeirError, messageOf } from '../base/index.ts';
import { type HttpServerOptions, type Logger, parseStatusFilter } from '../http/index.ts';
import { AccessLogFile } from './access-log-file.ts';
import type { Closers } from './closers.ts';
import type { LogTarget } from './logger.ts';
import type { Settings } from './settings.ts';

/** Throws `invalid`, naming the setting. */
export function httpLog(
  { http }: Settings,
  stderr: LogTarget,
  logger: Logger,
  closers: Closers,
): Pick<HttpServerOptions, 'accessLog' | 'headers'> {
  const statusFilters = http['access-log-status-filters'].map((text) =>
    named('access-log-status-filters', () => parseStatusFilter(text)),
  );
  const headers = http.headers.map((text) => named('headers', () => parseHeader(text)));
  if (!http['log-enabled']) return { accessLog: null, headers };
  const accessLog = { statusFilters, suppressWrites: http['suppress-write-log'] };
  const path = http['access-log-path'];
  if (path === '')
    return { accessLog: { ...accessLog, write: (line) => void stderr.write(`[httpd] ${line}\n`) }, headers };
  const file = new AccessLogFile(path, logger);
  closers.add(() => file.close());
  return { accessLog: { ...accessLog, write: (line) => file.write(line) }, headers };
}

function named<T>(setting: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new WeirError('invalid', `http.${setting}: ${messageOf(error)}`, error);
  }
}

/** `NAME: VALUE` */
function parseHeader(text: string): readonly [string, string] {
  const colon = text.indexOf(':');
  if (colon < 0) throw new WeirError('invalid', `expected NAME: VALUE, got ${JSON.stringify(text)}`);
  const header = [text.slice(0, colon).trim(), text.slice(colon + 1).trim()] as const;
  validateHeaderName(header[0]);
  validateHeaderValue(header[0], header[1]);
  return header;
}
