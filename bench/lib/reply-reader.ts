// Reads one HTTP/1.1 reply from the pieces in which it arrives: head, then a body of known length or of chunks.
import type { HttpReply } from './http-connection.ts';

type Stage = 'head' | 'counted' | 'chunk size' | 'chunk' | 'chunk end' | 'trailer' | 'done';

export class ReplyReader {
  #stage: Stage = 'head';
  /** A line or a head that has not ended yet. */
  #partial: Buffer = Buffer.alloc(0);
  #status = 0;
  /** Bytes that the body or the chunk still needs. */
  #missing = 0;
  readonly #body: Buffer[] = [];

  /** The reply once it is complete. Throws on what is not HTTP, or on more bytes than the reply has. */
  push(bytes: Buffer): HttpReply | undefined {
    let rest = bytes;
    while (rest.length > 0 && this.#stage !== 'done') rest = this.#step(rest);
    if (this.#stage !== 'done') return undefined;
    if (rest.length > 0) throw new Error('bytes after the end of the reply');
    return { status: this.#status, body: this.#body.length === 1 ? this.#body[0] : Buffer.concat(this.#body) };
  }

  /** Takes some of the bytes and returns the others. */
  #step(bytes: Buffer): Buffer {
    switch (this.#stage) {
      case 'counted':
      case 'chunk':
        return this.#takeBody(bytes);
      case 'head':
        return this.#takeUntil('\r\n\r\n', bytes, (head) => this.#readHead(head));
      case 'chunk size':
        return this.#takeUntil('\r\n', bytes, (line) => {
          this.#missing = Number.parseInt(line, 16);
          if (!(this.#missing >= 0)) throw new Error(`not a chunk size: ${line}`);
          this.#stage = this.#missing === 0 ? 'trailer' : 'chunk';
        });
      case 'chunk end':
        return this.#takeUntil('\r\n', bytes, () => (this.#stage = 'chunk size'));
      case 'trailer':
        return this.#takeUntil('\r\n', bytes, (line) => {
          if (line === '') this.#stage = 'done';
        });
      case 'done':
        return bytes;
    }
  }

  #takeBody(bytes: Buffer): Buffer {
    const taken = bytes.subarray(0, this.#missing);
    this.#body.push(taken);
    this.#missing -= taken.length;
    if (this.#missing === 0) this.#stage = this.#stage === 'chunk' ? 'chunk end' : 'done';
    return bytes.subarray(taken.length);
  }

  #takeUntil(end: string, bytes: Buffer, read: (text: string) => void): Buffer {
    const all = this.#partial.length === 0 ? bytes : Buffer.concat([this.#partial, bytes]);
    const at = all.indexOf(end, 0, 'latin1');
    if (at < 0) {
      this.#partial = all;
      return bytes.subarray(bytes.length);
    }
    this.#partial = Buffer.alloc(0);
    read(all.toString('latin1', 0, at));
    return all.subarray(at + end.length);
  }

  #readHead(head: string): void {
    const status = /^HTTP\/1\.1 (\d{3})/.exec(head);
    if (status === null) throw new Error(`not an HTTP reply: ${head.slice(0, 100)}`);
    this.#status = Number(status[1]);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head);
    if (/\r\ntransfer-encoding: *chunked/i.test(head)) this.#stage = 'chunk size';
    else {
      this.#missing = length === null || this.#status === 204 ? 0 : Number(length[1]);
      this.#stage = this.#missing === 0 ? 'done' : 'counted';
    }
  }
}
