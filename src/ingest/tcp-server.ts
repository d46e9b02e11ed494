// A TCP server for protocols of lines: it reads no faster than what was read is stored.
import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { WeirError, messageOf } from '../base/index.ts';
import { type Bind, bindText } from './listener.ts';

export interface TcpOptions {
  readonly bind: Bind;
  /** PEM of certificate and key; undefined = not encrypted. */
  readonly certificate?: string | undefined;
  /** Told of each connection, which it must read. */
  readonly onConnection: (socket: Socket) => void;
  /** A connection that broke, or that could not be made. */
  readonly onFailure: (error: Error) => void;
}

export interface Connection {
  readonly local: string;
  readonly remote: string;
  readonly since: Date;
}

export interface TcpServer {
  /** `HOST:PORT` */
  readonly address: string;
  connections(): readonly Connection[];
  /** Cuts connections off. */
  close(): Promise<void>;
}

/** Rejects with `unavailable` when the address cannot be bound, with `invalid` for a certificate that is none. */
export async function openTcpServer(options: TcpOptions): Promise<TcpServer> {
  const { bind, certificate, onConnection, onFailure } = options;
  const open = new Map<Socket, Connection>();
  const accept = (socket: Socket): void => {
    open.set(socket, connectionOf(socket));
    socket.on('close', () => open.delete(socket));
    socket.on('error', onFailure);
    onConnection(socket);
  };
  const server = certificate === undefined ? createServer(accept) : tlsServer(certificate, accept, onFailure);
  try {
    server.listen({ host: bind.host === '' ? undefined : bind.host, port: bind.port });
    await once(server, 'listening');
  } catch (error) {
    throw new WeirError('unavailable', `cannot listen on TCP ${bindText(bind)}: ${messageOf(error)}`, error);
  }
  server.on('error', onFailure);
  const { address, port } = server.address() as AddressInfo;
  const closed = once(server, 'close');
  return {
    address: bindText({ host: address, port }),
    connections: () => [...open.values()],
    async close() {
      server.close();
      // The server may say that it is closed before its sockets have said so.
      await Promise.all([closed, ...[...open.keys()].map((socket) => once(socket.destroy(), 'close'))]);
    },
  };
}

function tlsServer(certificate: string, accept: (socket: Socket) => void, onFailure: (error: Error) => void): Server {
  try {
    return createTlsServer({ cert: certificate, key: certificate }, accept).on('tlsClientError', onFailure);
  } catch (error) {
    throw new WeirError('invalid', `the certificate cannot be used: ${messageOf(error)}`, error);
  }
}

function connectionOf(socket: Socket): Connection {
  return {
    local: bindText({ host: socket.localAddress ?? '', port: socket.localPort ?? 0 }),
    remote: bindText({ host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 }),
    since: new Date(),
  };
}

/**
 * Reads a socket until its end. `take` gets each chunk; while `isFull` says so the socket is not read on, and its sender has
 * to wait.
 */
export function readSocket(
  socket: Socket,
  queue: { readonly isFull: boolean; hasRoom(): Promise<void> },
  take: (chunk: Uint8Array) => void,
): void {
  socket.on('data', (chunk: Uint8Array) => {
    take(chunk);
    if (!queue.isFull) return;
    socket.pause();
    void queue.hasRoom().then(() => socket.resume());
  });
}
