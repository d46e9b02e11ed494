// A UDP socket that gives datagrams.
import { type Socket, createSocket } from 'node:dgram';
import { once } from 'node:events';
import { WeirError, messageOf } from '../base/index.ts';
import { type Bind, bindText } from './listener.ts';

export interface UdpOptions {
  readonly bind: Bind;
  /** Size of the operating system's buffer; 0 = its default. */
  readonly readBufferBytes: number;
  /** The bytes are the receiver's own. */
  readonly onDatagram: (bytes: Uint8Array) => void;
  readonly onReadFailure: (error: Error) => void;
}

export interface UdpSocket {
  /** `HOST:PORT` */
  readonly address: string;
  close(): Promise<void>;
}

/** Rejects with `unavailable` when the address cannot be bound, with `invalid` when the buffer cannot be that large. */
export async function openUdpSocket(options: UdpOptions): Promise<UdpSocket> {
  const { bind, readBufferBytes, onDatagram, onReadFailure } = options;
  const socket = await openBound(bind);
  try {
    if (readBufferBytes > 0) setReadBuffer(socket, readBufferBytes);
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.on('message', onDatagram);
  socket.on('error', onReadFailure);
  const { address, port } = socket.address();
  const closed = once(socket, 'close');
  let closing = false;
  return {
    address: bindText({ host: address, port }),
    async close() {
      if (!closing) socket.off('message', onDatagram).close();
      closing = true;
      await closed;
    },
  };
}

async function openBound(bind: Bind): Promise<Socket> {
  try {
    // A socket of version 6 that is bound to no host takes both versions.
    return await bound(bind.host === '' || bind.host.includes(':') ? 'udp6' : 'udp4', bind);
  } catch (error) {
    if (bind.host === '' && isUnsupported(error)) return bound('udp4', bind);
    throw new WeirError('unavailable', `cannot listen on UDP ${bindText(bind)}: ${messageOf(error)}`, error);
  }
}

function isUnsupported(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EAFNOSUPPORT' || error.code === 'EINVAL');
}

async function bound(type: 'udp4' | 'udp6', { host, port }: Bind): Promise<Socket> {
  const socket = createSocket(type);
  try {
    socket.bind({ port, address: host === '' ? undefined : host });
    await once(socket, 'listening');
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

function setReadBuffer(socket: Socket, sizeBytes: number): void {
  try {
    socket.setRecvBufferSize(sizeBytes);
  } catch (error) {
    throw new WeirError('invalid', `the read buffer cannot have ${sizeBytes} bytes: ${messageOf(error)}`, error);
  }
}
