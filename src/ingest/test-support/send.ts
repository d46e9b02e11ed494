// Clients of listeners: real sockets on the loopback.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type Socket, connect } from 'node:net';

/** Sends each as a datagram of its own, to `127.0.0.1:PORT`. */
export async function sendDatagrams(address: string, datagrams: readonly (string | Uint8Array)[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const datagram of datagrams) {
    await new Promise<void>((resolve, reject) => {
      socket.send(datagram, portOf(address), '127.0.0.1', (error) => (error === null ? resolve() : reject(error)));
    });
  }
  socket.close();
}

export async function connectTo(address: string): Promise<Socket> {
  const socket = connect(portOf(address), '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

export function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}
