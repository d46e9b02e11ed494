// collectd's network protocol over UDP.
import { FaultLog, messageOf } from '../../base/index.ts';
import { LineQueue } from '../line-queue.ts';
import { type Batching, type Bind, type Listener, type ListenerParts, bindText } from '../listener.ts';
import { type UdpSocket, openUdpSocket } from '../udp-socket.ts';
import { AuthFile } from './auth-file.ts';
import { type SecurityLevel, readPacket } from './packet.ts';
import { type TypesDb, loadTypesDb } from './types-db.ts';
import { ValueLineMaker } from './value-lines.ts';

export interface CollectdOptions extends Batching {
  readonly bind: Bind;
  readonly readBufferBytes: number;
  /** A file, or a directory of files. */
  readonly typesDbPath: string;
  /** What packets must be at least. */
  readonly securityLevel: SecurityLevel;
  /** Looked at when the first signed or encrypted packet comes. */
  readonly authFile: string;
  /** One line for the values of a type, not one each. */
  readonly join: boolean;
}

/** Rejects with `invalid` when there are no types, else as `openUdpSocket`. */
export async function openCollectdListener(options: CollectdOptions, parts: ListenerParts): Promise<Listener> {
  const intake = new CollectdIntake(options, parts, await loadTypesDb(options.typesDbPath));
  const socket = await intake.open();
  return {
    address: socket.address,
    statistics: () => [intake.statistic()],
    diagnostics: () => [],
    async stop() {
      await socket.close();
      await intake.queue.stop();
    },
  };
}

const LEVELS: Readonly<Record<SecurityLevel, number>> = { none: 0, sign: 1, encrypt: 2 };

class CollectdIntake {
  readonly queue: LineQueue;
  readonly #options: CollectdOptions;
  readonly #parts: ListenerParts;
  readonly #faults: FaultLog;
  readonly #passwords: AuthFile;
  readonly #maker: ValueLineMaker;
  readonly #counts = {
    bytesRx: 0,
    pointsRx: 0,
    pointsParseFail: 0,
    readFail: 0,
    datagramsDropped: 0,
    droppedPointsInvalid: 0,
    droppedPointsInsecure: 0,
  };

  constructor(options: CollectdOptions, parts: ListenerParts, types: TypesDb) {
    this.#options = options;
    this.#parts = parts;
    this.#faults = new FaultLog(`collectd ${bindText(options.bind)}`, parts.onFault);
    this.#passwords = new AuthFile(options.authFile);
    this.#maker = new ValueLineMaker(types, options.join, (fault, count, example) => {
      this.#counts.droppedPointsInvalid += count;
      this.#faults.note(fault, example, count);
    });
    this.queue = new LineQueue({ ...options, precision: 'ns', store: parts.store, faults: this.#faults });
  }

  statistic(): ReturnType<Listener['statistics']>[number] {
    const values = { ...this.#counts, ...this.queue.counts };
    return { name: 'collectd', tags: { bind: bindText(this.#options.bind) }, values };
  }

  open(): Promise<UdpSocket> {
    return openUdpSocket({
      bind: this.#options.bind,
      readBufferBytes: this.#options.readBufferBytes,
      queue: this.queue,
      counts: this.#counts,
      faults: this.#faults,
      onDatagram: (bytes) => this.#take(bytes),
    });
  }

  #take(bytes: Uint8Array): void {
    const lines = this.#linesOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.#counts.pointsRx += lines.points;
    if (lines.points > 0) this.queue.add(Buffer.from(lines.text), lines.points, this.#parts.nowNs());
  }

  /** Of a packet that is damaged, what comes before the damage is taken. */
  #linesOf(packet: Buffer): { readonly text: string; readonly points: number } {
    let text = '';
    let points = 0;
    const required = LEVELS[this.#options.securityLevel];
    try {
      readPacket(
        packet,
        (user) => this.#passwords.password(user),
        (list, level) => {
          if (LEVELS[level] < required) this.#refuseInsecure(list.values.count, level);
          else {
            const lines = this.#maker.linesOf(list);
            text += lines.text;
            points += lines.points;
          }
        },
      );
    } catch (error) {
      this.#counts.pointsParseFail++;
      this.#faults.note('packets cannot be read', () => messageOf(error));
    }
    return { text, points };
  }

  #refuseInsecure(count: number, level: SecurityLevel): void {
    this.#counts.droppedPointsInsecure += count;
    const example = (): string => `security level "${level}", required is "${this.#options.securityLevel}"`;
    this.#faults.note('values are not protected as required', example, count);
  }
}
