// One request and its response, with what every route needs of them.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { chooseFormat } from './answer/answer-format.ts';
import type { Caller } from './auth/caller.ts';

/** The level of InfluxDB that clients are told; they switch features by it. */
export const INFLUXDB_VERSION = '1.8.10';

const MAX_ERROR_HEADER_BYTES = 1024;
const DISCARD_MS = 1000;
const SMALL_BODY_BYTES = 256 * 1024;

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  /** Of the URL. */
  readonly parameters: URLSearchParams;
  readonly requestId: string;
  /** Set when the client waits for `100 Continue` before it sends the body. */
  readonly awaitsContinue: boolean;
  /** Set once, before the route hears of the request. */
  caller: Caller;
  /** The parameters of a POST form, once they were read. */
  form: ReadonlyMap<string, string> | null;
}

export function openExchange(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): Exchange {
  const url = request.url ?? '/';
  const question = url.indexOf('?');
  const path = question < 0 ? url : url.slice(0, question);
  const parameters = new URLSearchParams(question < 0 ? '' : url.slice(question + 1));
  const requestId = headerText(request, 'x-request-id') || headerText(request, 'request-id') || randomUUID();
  response.setHeader('X-Influxdb-Version', INFLUXDB_VERSION);
  response.setHeader('X-Influxdb-Build', 'OSS');
  response.setHeader('X-Request-Id', requestId);
  response.setHeader('Request-Id', requestId);
  const origin = headerText(request, 'origin');
  if (origin !== '') allowOrigin(response, origin);
  return { request, response, path, parameters, requestId, awaitsContinue, caller: 'unknown', form: null };
}

/** A header's text, "" when it is absent. */
export function headerText(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : (value ?? '');
}

/** A whole response with a known length. */
export function send(exchange: Exchange, status: number, contentType: string, body: string | Uint8Array): void {
  const { response } = exchange;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  response.statusCode = status;
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Length', bytes.length);
  if (!isStillSending(exchange)) response.end(exchange.request.method === 'HEAD' ? undefined : bytes);
  else {
    response.setHeader('Connection', 'close').write(bytes);
    discardBody(exchange.request, () => response.end());
  }
}

/** Whether more of a body is to come than Node discards in passing. */
function isStillSending({ request, awaitsContinue }: Exchange): boolean {
  if (request.complete) return false;
  return (
    awaitsContinue ||
    'transfer-encoding' in request.headers ||
    Number(request.headers['content-length']) > SMALL_BODY_BYTES
  );
}

/**
 * A client that is still sending must be let to read the answer: closing at once would reset the connection under it. So
 * what it sends is thrown away for a moment first.
 */
function discardBody(request: IncomingMessage, done: () => void): void {
  const timer = setTimeout(finish, DISCARD_MS);
  function finish(): void {
    clearTimeout(timer);
    request.off('end', finish).off('close', finish);
    done();
  }
  request.on('end', finish).on('close', finish);
  request.resume();
}

/** 204. */
export function sendNothing(exchange: Exchange): void {
  exchange.response.statusCode = 204;
  exchange.response.setHeader('Content-Type', 'application/json');
  exchange.response.end();
}

/** The text in the format that the client takes, `{"error": text}` in JSON, and for all but 401 in a header, too. */
export function sendError(exchange: Exchange, status: number, text: string): void {
  if (status !== 401) setErrorHeader(exchange.response, text);
  const format = chooseFormat(headerText(exchange.request, 'accept'));
  send(exchange, status, format.contentType, format.error(text, exchange.parameters.get('pretty') === 'true'));
}

/** At most 1024 bytes; line ends become blanks, as a header has one line. */
function setErrorHeader(response: ServerResponse, text: string): void {
  const bytes = Buffer.from(text).subarray(0, MAX_ERROR_HEADER_BYTES);
  // Headers are written as Latin-1, which leaves the bytes of UTF-8 as they are.
  response.setHeader(
    'X-Influxdb-Error',
    bytes
      .toString('latin1')
      .replace(/[^\t\u0020-\u007e\u0080-\u00ff]/g, ' ')
      .trim(),
  );
}

function allowOrigin(response: ServerResponse, origin: string): void {
  response.setHeader('Access-Control-Allow-Origin', origin);
  response.setHeader('Access-Control-Allow-Methods', 'DELETE, GET, OPTIONS, POST, PUT');
  response.setHeader(
    'Access-Control-Allow-Headers',
    'Accept, Accept-Encoding, Authorization, Content-Length, Content-Type, X-CSRF-Token, X-HTTP-Method-Override',
  );
  response.setHeader('Access-Control-Expose-Headers', 'Date, X-InfluxDB-Version, X-InfluxDB-Build, X-Weir-Tiers');
}
