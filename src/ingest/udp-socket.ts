// A UDP socket that gives datagrams, as long as there is room for what they hold.
import { type Socket, createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type FaultLog, WeirError, messageOf } from '../base/index.ts';
import { type Bind, bindText } from './listener.ts';

/** Totals since the start, under InfluxDB's names where it has them. */
export interface UdpCounts {
  bytesRx: number;
  readFail: number;
  datagramsDropped: number;
}

export interface UdpOptions {
  readonly bind: Bind;
  /** Size of the operating system's buffer; 0 = its default. */
  readonly readBufferBytes: number;
  /** While it is full, datagrams are dropped: nobody could be told to wait. */
  readonly queue: { readonly isFull: boolean };
  readonly counts: UdpCounts;
  readonly faults: FaultLog;
  /** The bytes are the receiver's own. */
  readonly onDatagram: (bytes: Uint8Array) => void;
}

export interface UdpSocket {
  /** `HOST:PORT` */
  readonly address: string;
  close(): Promise<void>;
}

/** Rejects with `unavailable` when the address cannot be bound, with `invalid` when the buffer cannot be that large. */
export async function openUdpSocket(options: UdpOptions): Promise<UdpSocket> {
  const { bind, readBufferBytes, queue, counts, faults, onDatagram } = options;
  const socket = await openBound(bind);
  try {
    if (readBufferBytes > 0) setReadBuffer(socket, readBufferBytes);
  } catch (error) {
    socket.close();
    throw error;
  }
  const onMessage = (bytes: Uint8Array): void => {
    counts.bytesRx += bytes.length;
    if (!queue.isFull) onDatagram(bytes);
    else {
      counts.datagramsDropped++;
      faults.note('datagrams are dropped', () => 'they come faster than they can be stored');
    }
  };
  socket.on('message', onMessage);
  socket.on('error', (error) => {
    counts.readFail++;
    faults.note('datagrams cannot be read', () => error.message);
  });
  const { address, port } = socket.address();
  const closed = once(socket, 'close');
  let closing = false;
  return {
    address: bindText({ host: address, port }),
    async close() {
      if (!closing) socket.off('message', onMessage).close();
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
