// Which of two protocols a connection speaks, told by its first line.
import type { Socket } from 'node:net';

const NEWLINE = 0x0a;
const MAX_BEGINNING_BYTES = 16 * 1024;

/**
 * Takes from the socket what comes up to its first newline, or as much as there is when the line is very long or the connection
 * ends within it.
 */
export function readBeginning(socket: Socket): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  return new Promise((resolve) => {
    const settle = (): void => {
      socket.off('readable', onReadable).off('close', settle).off('end', settle);
      resolve(Buffer.concat(chunks, sizeBytes));
    };
    const onReadable = (): void => {
      for (let chunk = read(socket); chunk !== null; chunk = read(socket)) {
        chunks.push(chunk);
        sizeBytes += chunk.length;
        if (chunk.includes(NEWLINE) || sizeBytes >= MAX_BEGINNING_BYTES) {
          settle();
          return;
        }
      }
    };
    socket.on('readable', onReadable).on('close', settle).on('end', settle);
  });
}

function read(socket: Socket): Uint8Array | null {
  return socket.read() as Uint8Array | null;
}

/** Whether the first line is one of HTTP, as in `POST /api/put HTTP/1.1`. */
export function isHttp(beginning: Uint8Array): boolean {
  const end = beginning.indexOf(NEWLINE);
  if (end < 0) return false;
  return /^[A-Z]+ \S+ HTTP\/\d\.\d\r?$/.test(
    Buffer.from(beginning.buffer, beginning.byteOffset, end).toString('latin1'),
  );
}
