// OpenTSDB's telnet protocol and its HTTP on one port: the first line of a connection tells which one it is.
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { FaultLog, WeirError, messageOf } from '../../base/index.ts';
import { LineQueue } from '../line-queue.ts';
import { LineSplitter, forEachLine } from '../line-splitter.ts';
import { type Batching, type Bind, type Listener, type ListenerParts, bindText } from '../listener.ts';
import { openTcpServer, readSocket } from '../tcp-server.ts';
import { PutServer } from './put-server.ts';
import { isHttp, readBeginning } from './protocol-of.ts';
import { type TelnetFault, TelnetParser } from './telnet-line.ts';

export interface OpentsdbOptions extends Batching {
  readonly bind: Bind;
  /** PEM file with certificate and key; null = not encrypted. */
  readonly certificateFile: string | null;
  /** Whether points of the telnet protocol that cannot be read are told of; they are counted anyway. */
  readonly logPointErrors: boolean;
  /** Of one HTTP body, unpacked; 0 = no limit. */
  readonly maxBodyBytes: number;
  /** Of all HTTP bodies at once; 0 = no limit. */
  readonly maxHeldBodyBytes: number;
}

/** Rejects with `invalid` for a certificate that cannot be used, else as `openTcpServer`. */
export async function openOpentsdbListener(options: OpentsdbOptions, parts: ListenerParts): Promise<Listener> {
  const intake = new OpentsdbIntake(options, parts);
  const server = await openTcpServer({
    bind: options.bind,
    certificate: options.certificateFile === null ? undefined : await readCertificate(options.certificateFile),
    onConnection: (socket) => intake.connect(socket),
    onFailure: (error) => intake.readFailed(error),
  });
  return {
    address: server.address,
    statistics: () => [intake.statistic()],
    diagnostics: () => [],
    async stop() {
      await server.close();
      await intake.close();
    },
  };
}

async function readCertificate(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new WeirError('invalid', `the certificate cannot be read: ${messageOf(error)}`, error);
  }
}

class OpentsdbIntake {
  readonly #options: OpentsdbOptions;
  readonly #parts: ListenerParts;
  readonly #faults: FaultLog;
  readonly #queue: LineQueue;
  readonly #http: PutServer;
  readonly #telnet = new TelnetParser((kind, reason) => this.#refuse(kind, reason));
  readonly #counts = {
    connsActive: 0,
    connsHandled: 0,
    httpConnsHandled: 0,
    httpPointsRx: 0,
    tlConnsActive: 0,
    tlConnsHandled: 0,
    tlPointsRx: 0,
    tlBytesRx: 0,
    tlReadErr: 0,
    tlBadLine: 0,
    tlBadTime: 0,
    tlBadTag: 0,
    tlBadFloat: 0,
    droppedPointsInvalid: 0,
  };

  constructor(options: OpentsdbOptions, parts: ListenerParts) {
    const { maxBodyBytes, maxHeldBodyBytes } = options;
    this.#options = options;
    this.#parts = parts;
    this.#faults = new FaultLog(`opentsdb ${bindText(options.bind)}`, parts.onFault);
    this.#queue = new LineQueue({ ...options, precision: 'ns', store: parts.store, faults: this.#faults });
    this.#http = new PutServer({
      store: parts.store,
      nowNs: parts.nowNs,
      maxBodyBytes,
      maxHeldBodyBytes,
      onStored: (points, { invalidCount, invalid }) => {
        this.#counts.httpPointsRx += points + invalidCount;
        this.#counts.droppedPointsInvalid += invalidCount;
        if (invalidCount > 0) this.#faults.note('points cannot be stored', () => invalid, invalidCount);
      },
      onFailure: (error) => this.#faults.note('requests fail', () => messageOf(error)),
    });
  }

  statistic(): ReturnType<Listener['statistics']>[number] {
    const values = { ...this.#counts, ...this.#queue.counts };
    return { name: 'opentsdb', tags: { bind: bindText(this.#options.bind) }, values };
  }

  async close(): Promise<void> {
    await this.#http.close();
    await this.#queue.stop();
  }

  readFailed(error: Error): void {
    this.#counts.tlReadErr++;
    this.#faults.note('connections fail', () => error.message);
  }

  connect(socket: Socket): void {
    this.#counts.connsActive++;
    this.#counts.connsHandled++;
    socket.on('close', () => this.#counts.connsActive--);
    void this.#route(socket);
  }

  async #route(socket: Socket): Promise<void> {
    const beginning = await readBeginning(socket);
    if (isHttp(beginning)) {
      this.#counts.httpConnsHandled++;
      socket.unshift(beginning);
      this.#http.take(socket);
    } else this.#serveTelnet(socket, beginning);
  }

  #serveTelnet(socket: Socket, beginning: Uint8Array): void {
    this.#counts.tlConnsActive++;
    this.#counts.tlConnsHandled++;
    const splitter = new LineSplitter(() => this.#refuse('tlBadLine', () => 'a line of over 64 KiB'));
    const take = (chunk: Uint8Array): void => this.#take(splitter.push(chunk), socket);
    take(beginning);
    readSocket(socket, this.#queue, take);
    // Unlike Graphite's, the last line may lack its newline.
    const finish = (): void => {
      this.#take(splitter.rest(), socket);
      this.#counts.tlConnsActive--;
    };
    if (socket.closed) finish();
    else socket.on('close', finish);
  }

  #take(lines: Uint8Array, socket: Socket): void {
    let text = '';
    let points = 0;
    forEachLine(lines, (line) => {
      this.#counts.tlPointsRx++;
      if (line === 'version') {
        socket.write('InfluxDB TSDB proxy');
        return;
      }
      if (line === null) {
        this.#refuse('tlBadLine', () => 'invalid UTF-8');
        return;
      }
      const point = this.#telnet.parse(line);
      if (point === null) return;
      text += point;
      points++;
    });
    this.#counts.tlBytesRx += lines.length;
    if (points > 0) this.#queue.add(Buffer.from(text), points, this.#parts.nowNs());
  }

  #refuse(kind: TelnetFault, reason: () => string): void {
    this.#counts[kind]++;
    if (this.#options.logPointErrors) this.#faults.note('lines cannot be read', reason);
  }
}
