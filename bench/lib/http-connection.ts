// One kept-alive HTTP/1.1 connection that costs the client little CPU: the servers under test share its cores.
import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { ReplyReader } from './reply-reader.ts';

export interface HttpReply {
  readonly status: number;
  readonly body: Buffer;
}

interface Pending {
  readonly resolve: (reply: HttpReply) => void;
  readonly reject: (error: Error) => void;
}

class ClosedError extends Error {}

export class HttpConnection {
  readonly #port: number;
  #socket: Socket;
  #reader = new ReplyReader();
  #pending: Pending | undefined;
  #answerBegan = false;

  private constructor(port: number, socket: Socket) {
    this.#port = port;
    this.#socket = this.#attach(socket);
  }

  static async open(port: number): Promise<HttpConnection> {
    return new HttpConnection(port, await openSocket(port));
  }

  /**
   * One at a time. Resolves with whatever status comes; rejects when the connection breaks. A connection that the server closed
   * before the first byte of an answer, as it may at any time (VictoriaMetrics does after two minutes), is opened again: every
   * request of the bench can be repeated.
   */
  async request(method: 'GET' | 'POST', path: string, body?: Uint8Array): Promise<HttpReply> {
    try {
      return await this.#send(method, path, body);
    } catch (error) {
      if (!(error instanceof ClosedError) || this.#answerBegan) throw error;
      return this.#send(method, path, body);
    }
  }

  async #send(method: 'GET' | 'POST', path: string, body?: Uint8Array): Promise<HttpReply> {
    if (this.#pending !== undefined) throw new Error('a request is under way on this connection');
    if (this.#socket.destroyed) this.#socket = this.#attach(await openSocket(this.#port));
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#answerBegan = false;
      const length = body === undefined ? '' : `Content-Length: ${body.length}\r\n`;
      this.#socket.cork();
      this.#socket.write(`${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${this.#port}\r\n${length}\r\n`, 'latin1');
      if (body !== undefined) this.#socket.write(body);
      this.#socket.uncork();
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #attach(socket: Socket): Socket {
    this.#reader = new ReplyReader();
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('error', (error) => this.#fail(error));
    socket.on('end', () => socket.destroy());
    socket.on('close', () => this.#fail(new ClosedError('the server closed the connection during a request')));
    return socket;
  }

  #take(bytes: Buffer): void {
    this.#answerBegan = true;
    try {
      const reply = this.#reader.push(bytes);
      if (reply === undefined) return;
      const pending = this.#pending;
      this.#pending = undefined;
      this.#reader = new ReplyReader();
      pending?.resolve(reply);
    } catch (error) {
      this.#fail(error as Error);
      this.#socket.destroy();
    }
  }

  #fail(error: Error): void {
    this.#pending?.reject(error);
    this.#pending = undefined;
  }
}

async function openSocket(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** A request on a connection of its own. Rejects when the status is not 2xx. */
export async function requestOnce(
  port: number,
  method: 'GET' | 'POST',
  path: string,
  body?: Uint8Array,
): Promise<Buffer> {
  const connection = await HttpConnection.open(port);
  try {
    return accepted(await connection.request(method, path, body), path);
  } finally {
    connection.close();
  }
}

/** The body of a reply that says yes. */
export function accepted(reply: HttpReply, what: string): Buffer {
  if (reply.status >= 200 && reply.status < 300) return reply.body;
  throw new Error(`${what.slice(0, 200)}: status ${reply.status}: ${reply.body.toString('utf8', 0, 500)}`);
}
