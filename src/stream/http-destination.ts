// Sends lines as 1.x's clients do: POST …/write?db=…&rp=…&precision=ns.
import { Agent, type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as SecureAgent, request as requestHttps } from 'node:https';
import { WeirError, messageOf } from '../base/index.ts';
import type { Destination, DestinationTarget } from './destination.ts';

export interface HttpSettings {
  readonly timeoutMs: number;
  /** Whether any certificate is accepted. */
  readonly insecureSkipVerify: boolean;
  /** PEM; undefined = the authorities that everybody knows. */
  readonly caCertificates: string | undefined;
  /** Connections that may be open at once. */
  readonly concurrency: number;
}

const MAX_SHOWN_ANSWER = 500;

export function openHttpDestination(url: URL, target: DestinationTarget, settings: HttpSettings): Destination {
  const { timeoutMs, insecureSkipVerify, caCertificates, concurrency } = settings;
  const isSecure = url.protocol === 'https:';
  const connections = { keepAlive: true, maxSockets: concurrency };
  const agent = isSecure
    ? new SecureAgent({ ...connections, rejectUnauthorized: !insecureSkipVerify, ca: caCertificates })
    : new Agent(connections);
  const request = isSecure ? requestHttps : requestHttp;
  const where = writeUrl(url, target);
  return {
    async send(batch) {
      const lines = batch.lines();
      const headers = { 'Content-Length': lines.length, 'User-Agent': 'Weir' };
      const signal = AbortSignal.timeout(timeoutMs);
      await answered(request(where, { method: 'POST', agent, headers, signal }), lines);
    },
    close: () => agent.destroy(),
  };
}

/** User and password of the URL are sent as Basic authentication. */
function writeUrl(url: URL, { database, policy }: DestinationTarget): URL {
  const write = new URL(url);
  write.pathname = `${write.pathname.replace(/\/+$/, '')}/write`;
  write.hash = '';
  write.searchParams.set('consistency', '');
  write.searchParams.set('db', database);
  write.searchParams.set('precision', 'ns');
  write.searchParams.set('rp', policy);
  write.searchParams.sort();
  return write;
}

async function answered(request: ClientRequest, lines: Uint8Array): Promise<void> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve).on('error', reject);
    request.end(lines);
  }).catch((error: unknown) => {
    const isTimeout = error instanceof Error && error.name === 'AbortError';
    throw new WeirError('unavailable', isTimeout ? 'no answer in time' : messageOf(error), error);
  });
  let text = '';
  // An answer is read to its end, so that the connection can be used again.
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    if (text.length < MAX_SHOWN_ANSWER) text += Buffer.from(chunk).toString();
  }
  const { statusCode = 0 } = response;
  if (statusCode === 204 || statusCode === 200) return;
  throw new WeirError('unavailable', `${statusCode} ${text.slice(0, MAX_SHOWN_ANSWER).trim()}`.trim());
}
