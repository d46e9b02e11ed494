// Requests as plain as curl's: what goes over the socket and what comes back, nothing decoded.
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestServer } from './test-server.ts';

type Target = Pick<TestServer, 'host' | 'port'>;

export interface Call {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
}

/** With a body POST, else GET, unless told otherwise. */
export async function call(server: Target, path: string, { method, headers, body }: Call = {}): Promise<Answer> {
  const sent = request({
    host: server.host,
    port: server.port,
    path,
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...headers },
    agent: false,
  });
  sent.end(body);
  const [response] = await once(sent, 'response');
  // A server that refuses a body may close before all of it is sent.
  sent.on('error', () => {});
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  return { status: response.statusCode, headers: response.headers, bytes, text: bytes.toString() };
}

/** Sends text as it is and returns all that comes back until the server closes the connection. */
export async function talk(server: Target, text: string | Uint8Array): Promise<string> {
  const socket = connect(server.port, server.host);
  socket.write(text);
  const pieces: Buffer[] = [];
  for await (const piece of socket) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

/** Resolves once `/metrics` has the line; fails after ten seconds. */
export async function metricReads(server: Target, line: string): Promise<void> {
  for (let wait = 0; wait < 1000; wait++) {
    const { text } = await call(server, '/metrics');
    if (text.includes(`\n${line}\n`)) return;
    await sleep(10);
  }
  throw new Error(`/metrics never had the line ${line}`);
}
