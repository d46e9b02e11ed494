// One line for each request in the common log format, with what InfluxDB 1.x adds to it:
//
//     host - user [02/Jan/2026:15:04:05 +0000] "GET /query?q=… HTTP/1.1" 200 312 "referer" "user agent" request-id microseconds
//
// A POST form's parameters follow the protocol: `{'q': 'SELECT …'}`. Passwords are never in it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { WeirError } from '../base/index.ts';
import { redactPasswords } from '../influxql/index.ts';
import { userOf } from './auth/caller.ts';
import { type Exchange, headerText } from './exchange.ts';

export interface AccessLog {
  /** Of these statuses only (`404`, `40x`, `5xx`); none = of all. */
  readonly statusFilters: readonly StatusFilter[];
  /** Whether writes are left out. */
  readonly suppressWrites: boolean;
  /** Takes a line without its end. */
  readonly write: (line: string) => void;
}

/** Statuses that begin with `base` when the last digits are taken off: `{base: 40, divisor: 10}` is `40x`. */
export interface StatusFilter {
  readonly base: number;
  readonly divisor: 1 | 10 | 100;
}

/** Throws `invalid` for what is neither a status nor one with `x` in the place of its last digits. */
export function parseStatusFilter(text: string): StatusFilter {
  const match = /^([1-5]\d{0,2})(x{0,2})$/i.exec(text);
  if (match === null || text.length !== 3)
    throw new WeirError('invalid', `status filter ${JSON.stringify(text)}: expected one such as 404, 40x or 5xx`);
  return { base: Number(match[1]), divisor: ([1, 10, 100] as const)[match[2].length] };
}

/** What of a response only its end tells. */
export interface Finished {
  readonly route: string;
  readonly status: number;
  readonly sizeBytes: number;
  readonly startedAt: Date;
  readonly durationMs: number;
}

export function logAccess(log: AccessLog, exchange: Exchange, finished: Finished): void {
  if (log.suppressWrites && finished.route === 'write') return;
  const { statusFilters } = log;
  const matches = ({ base, divisor }: StatusFilter): boolean => Math.floor(finished.status / divisor) === base;
  if (statusFilters.length === 0 || statusFilters.some(matches)) log.write(accessLine(exchange, finished));
}

export function accessLine(exchange: Exchange, { status, sizeBytes, startedAt, durationMs }: Finished): string {
  const { request, form } = exchange;
  const proxied = headerText(request, 'x-forwarded-for');
  const host = [...(proxied === '' ? [] : [proxied]), request.socket.remoteAddress ?? '-'].join(',');
  const posted = Array.from(form ?? [], ([name, value]) => `{'${name}': '${redacted(name, value)}'}`).join(', ');
  const head = `${request.method} ${shownUrl(request.url ?? '/')} HTTP/${request.httpVersion}`;
  return plain(
    `${host} - ${userName(exchange)} [${commonTime(startedAt)}] "${head}${posted === '' ? '' : ` ${posted}`}" ` +
      `${status} ${sizeBytes} "${headerText(request, 'referer') || '-'}" "${headerText(request, 'user-agent') || '-'}" ` +
      `${exchange.requestId} ${Math.round(durationMs * 1000)}`,
  );
}

/** What the client says, whether that was right or not: as InfluxDB does it. */
function userName({ request, parameters, caller }: Exchange): string {
  const known = userOf(caller)?.name ?? parameters.get('u');
  if (known) return known;
  const basic = /^basic (.+)$/i.exec(headerText(request, 'authorization'));
  const [name] = basic === null ? [''] : Buffer.from(basic[1], 'base64').toString('utf8').split(':', 1);
  return name || '-';
}

function redacted(name: string, value: string): string {
  if (name.toLowerCase() === 'p') return '[REDACTED]';
  return name === 'q' ? redactPasswords(value) : value;
}

/** The URL as it came, unless there is a password in it. */
function shownUrl(url: string): string {
  const question = url.indexOf('?');
  if (question < 0) return url;
  const parameters = new URLSearchParams(url.slice(question + 1));
  const shown = new URLSearchParams();
  let same = true;
  for (const [name, value] of parameters) {
    const text = redacted(name, value);
    if (text !== value) same = false;
    shown.append(name, text);
  }
  return same ? url : `${url.slice(0, question)}?${shown.toString()}`;
}

/** Nothing that comes from a client can begin a line of its own. */
function plain(line: string): string {
  return line.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

const MONTHS: readonly string[] = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** `02/Jan/2026:15:04:05 +0000`, in local time. */
function commonTime(time: Date): string {
  const two = (value: number): string => `${value}`.padStart(2, '0');
  const offset = -time.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
  return `${two(time.getDate())}/${MONTHS[time.getMonth()]}/${time.getFullYear()}:${clock} ${zone}`;
}

/** Counts the bytes of a response's body; ask when it is over. */
export function countBody(request: IncomingMessage, response: ServerResponse): () => number {
  let sizeBytes = 0;
  const count = (chunk: unknown): void => {
    if (typeof chunk === 'string') sizeBytes += Buffer.byteLength(chunk);
    else if (chunk instanceof Uint8Array) sizeBytes += chunk.length;
  };
  const write = response.write.bind(response);
  const end = response.end.bind(response);
  response.write = ((...args: Parameters<typeof write>) => {
    count(args[0]);
    return write(...args);
  }) as typeof write;
  response.end = ((...args: Parameters<typeof end>) => {
    count(args[0]);
    return end(...args);
  }) as typeof end;
  return () => (request.method === 'HEAD' ? 0 : sizeBytes);
}
