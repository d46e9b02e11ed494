// Graphite's plaintext protocol, over TCP or UDP.
import { FaultLog } from '../../base/index.ts';
import { LineQueue } from '../line-queue.ts';
import { LineSplitter, forEachLine } from '../line-splitter.ts';
import { type Batching, type Bind, type Listener, type ListenerParts, bindText } from '../listener.ts';
import { type TcpServer, openTcpServer, readSocket } from '../tcp-server.ts';
import { type UdpSocket, openUdpSocket } from '../udp-socket.ts';
import { GraphiteParser, type LineFault } from './parse-line.ts';
import { TemplateTree } from './template-tree.ts';
import { parseTags, parseTemplate } from './template.ts';

export interface GraphiteOptions extends Batching {
  readonly bind: Bind;
  readonly protocol: 'tcp' | 'udp';
  readonly separator: string;
  /** `key=value` each. */
  readonly tags: readonly string[];
  readonly templates: readonly string[];
  readonly udpReadBufferBytes: number;
}

/** Rejects with `invalid` for templates and tags that are none, else as the sockets do. */
export async function openGraphiteListener(options: GraphiteOptions, parts: ListenerParts): Promise<Listener> {
  const intake = new GraphiteIntake(options, parts);
  const tcp = options.protocol === 'tcp' ? await intake.openTcp() : null;
  const socket = tcp ?? (await intake.openUdp());
  return {
    address: socket.address,
    statistics: () => [intake.statistic()],
    diagnostics: () => (tcp === null ? [] : [intake.connections(tcp)]),
    async stop() {
      await socket.close();
      await intake.queue.stop();
    },
  };
}

const NOT_TEXT: LineFault = { kind: 'invalid', reason: 'invalid UTF-8' };

class GraphiteIntake {
  readonly queue: LineQueue;
  readonly #options: GraphiteOptions;
  readonly #parts: ListenerParts;
  readonly #faults: FaultLog;
  readonly #parser: GraphiteParser;
  readonly #counts = {
    bytesRx: 0,
    pointsRx: 0,
    pointsParseFail: 0,
    pointsNaNFail: 0,
    readFail: 0,
    datagramsDropped: 0,
    connsActive: 0,
    connsHandled: 0,
  };

  constructor(options: GraphiteOptions, parts: ListenerParts) {
    const { bind, protocol, templates, tags, separator } = options;
    const tree = new TemplateTree(templates.map((text) => parseTemplate(text, separator)));
    this.#options = options;
    this.#parts = parts;
    this.#parser = new GraphiteParser(tree, parseTags(tags), parts.nowNs);
    this.#faults = new FaultLog(`graphite ${protocol} ${bindText(bind)}`, parts.onFault);
    this.queue = new LineQueue({ ...options, precision: 'ns', store: parts.store, faults: this.#faults });
  }

  statistic(): ReturnType<Listener['statistics']>[number] {
    const { protocol, bind } = this.#options;
    const values = { ...this.#counts, ...this.queue.counts };
    return { name: 'graphite', tags: { proto: protocol, bind: bindText(bind) }, values };
  }

  connections(server: TcpServer): ReturnType<Listener['diagnostics']>[number] {
    const rows = server.connections().map(({ local, remote, since }) => [local, remote, since.toISOString()]);
    const name = `graphite:tcp:${bindText(this.#options.bind)}`;
    return { name, columns: ['local', 'remote', 'connect time'], rows };
  }

  async openTcp(): Promise<TcpServer> {
    return openTcpServer({
      bind: this.#options.bind,
      onConnection: (socket) => {
        this.#counts.connsActive++;
        this.#counts.connsHandled++;
        const splitter = new LineSplitter(() => this.#refuse('a line of over 64 KiB'));
        readSocket(socket, this.queue, (chunk) => {
          this.#counts.bytesRx += chunk.length;
          this.#take(splitter.push(chunk));
        });
        // What comes after the last newline may be half a line: it is no point, as in InfluxDB.
        socket.on('close', () => this.#counts.connsActive--);
      },
      onFailure: (error) => {
        this.#counts.readFail++;
        this.#faults.note('connections fail', () => error.message);
      },
    });
  }

  async openUdp(): Promise<UdpSocket> {
    return openUdpSocket({
      bind: this.#options.bind,
      readBufferBytes: this.#options.udpReadBufferBytes,
      queue: this.queue,
      counts: this.#counts,
      faults: this.#faults,
      onDatagram: (bytes) => this.#take(bytes),
    });
  }

  #take(lines: Uint8Array): void {
    let text = '';
    let points = 0;
    forEachLine(lines, (line) => {
      this.#counts.pointsRx++;
      const parsed = line === null ? NOT_TEXT : this.#parser.parse(line);
      if (typeof parsed === 'string') {
        text += parsed;
        points++;
      } else if (parsed.kind === 'invalid') this.#refuse(parsed.reason);
      else this.#counts.pointsNaNFail++;
    });
    if (points > 0) this.queue.add(Buffer.from(text), points, this.#parts.nowNs());
  }

  #refuse(reason: string): void {
    this.#counts.pointsParseFail++;
    this.#faults.note('lines cannot be read', () => reason);
  }
}
