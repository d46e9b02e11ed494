// Line protocol by UDP: each datagram is lines, and those that are good are kept whatever else is in it.
import { FaultLog } from '../base/index.ts';
import { LineQueue } from './line-queue.ts';
import { type Batching, type Bind, type Listener, type ListenerParts, bindText } from './listener.ts';
import { openUdpSocket } from './udp-socket.ts';
import type { Precision } from '../line-protocol/index.ts';

export interface UdpListenerOptions extends Batching {
  readonly bind: Bind;
  readonly precision: Precision;
  readonly readBufferBytes: number;
}

const NEWLINE = 0x0a;

/** Rejects as `openUdpSocket`. */
export async function openUdpListener(options: UdpListenerOptions, parts: ListenerParts): Promise<Listener> {
  const { bind, readBufferBytes } = options;
  const counts = { bytesRx: 0, pointsRx: 0, pointsParseFail: 0, readFail: 0, datagramsDropped: 0 };
  const faults = new FaultLog(`udp ${bindText(bind)}`, parts.onFault);
  const queue = new LineQueue({
    ...options,
    store: parts.store,
    faults,
    onBadLines: (count) => (counts.pointsParseFail += count),
  });
  const socket = await openUdpSocket({
    bind,
    readBufferBytes,
    queue,
    counts,
    faults,
    onDatagram: (bytes) => {
      const points = countLines(bytes);
      counts.pointsRx += points;
      queue.add(bytes, points, parts.nowNs());
    },
  });
  return {
    address: socket.address,
    statistics: () => [{ name: 'udp', tags: { bind: bindText(bind) }, values: { ...counts, ...queue.counts } }],
    diagnostics: () => [],
    async stop() {
      await socket.close();
      await queue.stop();
    },
  };
}

/** Lines that are not empty. */
function countLines(bytes: Uint8Array): number {
  let count = 0;
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
    if (end > start) count++;
    start = end + 1;
  }
  return start < bytes.length ? count + 1 : count;
}
