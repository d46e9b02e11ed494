// An HTTP server that subscriptions can send to.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface Received {
  /** Path and query. */
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

export interface Receiver {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  readonly received: Received[];
  /** What the next answers are: a status, or null to not answer at all. */
  status: number | null;
  delayMs: number;
  /** Most requests that were open at once. */
  mostOpen: number;
  /** Resolves when so many requests have come. */
  has(count: number): Promise<void>;
}

export async function openReceiver(t: TestContext): Promise<Receiver> {
  const server = createServer();
  let waiting: (() => void)[] = [];
  let open = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const receiver: Receiver = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: [],
    status: 204,
    delayMs: 0,
    mostOpen: 0,
    async has(count) {
      while (receiver.received.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
  server.on('request', (request, response) => {
    receiver.mostOpen = Math.max(receiver.mostOpen, ++open);
    response.on('close', () => open--);
    let body = '';
    request.on('data', (chunk: Uint8Array) => (body += Buffer.from(chunk).toString()));
    request.on('end', () => {
      receiver.received.push({ url: request.url ?? '', authorization: request.headers.authorization, body });
      for (const resolve of waiting.splice(0)) resolve();
      const { status, delayMs } = receiver;
      if (status !== null) setTimeout(() => response.writeHead(status).end(status === 204 ? '' : 'not today'), delayMs);
    });
  });
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    waiting = [];
    await once(server, 'close');
  });
  return receiver;
}
