// Sends lines by UDP, as many in a datagram as fit into a frame of Ethernet.
import { type Socket, createSocket } from 'node:dgram';
import { WeirError, messageOf } from '../base/index.ts';
import type { Destination } from './destination.ts';

const MAX_DATAGRAM_BYTES = 1400;

export function openUdpDestination(host: string, port: number): Destination {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  // Failures are told to who sends.
  socket.on('error', () => {});
  socket.unref();
  return {
    async send(batch) {
      for (const datagram of datagramsOf(batch.eachLine())) await sendOne(socket, datagram, port, host);
    },
    close: () => socket.close(),
  };
}

function sendOne(socket: Socket, datagram: Uint8Array, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(datagram, port, host, (error) => {
      if (error === null) resolve();
      else reject(new WeirError('unavailable', messageOf(error), error));
    });
  });
}

/** A line that is longer than a datagram should be goes by itself. */
export function* datagramsOf(lines: Iterable<Uint8Array>): Generator<Uint8Array, void> {
  let gathered: Uint8Array[] = [];
  let sizeBytes = 0;
  for (const line of lines) {
    if (sizeBytes > 0 && sizeBytes + line.length > MAX_DATAGRAM_BYTES) {
      yield Buffer.concat(gathered, sizeBytes);
      gathered = [];
      sizeBytes = 0;
    }
    gathered.push(line);
    sizeBytes += line.length;
  }
  if (sizeBytes > 0) yield Buffer.concat(gathered, sizeBytes);
}
