// collectd's binary network protocol. A packet is parts, each of which sets something for the values that follow:
//
//     type (2 bytes)  length (2 bytes, these four included)  payload
//
//     0x0000 host                0x0001 time, 0x0008 time in 2^-30 s        0x0200 signature of the rest of the packet
//     0x0002 plugin              0x0007 interval, 0x0009 the same finer     0x0210 encrypted parts
//     0x0003 plugin instance     0x0006 values                              0x0100, 0x0101 notifications
//     0x0004 type
//     0x0005 type instance       texts end in a zero byte; numbers are big-endian, 8 bytes, but gauges little-endian doubles
import { WeirError } from '../../base/index.ts';
import { type PasswordOf, checkSignature, decryptParts } from './seal.ts';
import type { SourceKind } from './types-db.ts';

export type SecurityLevel = 'none' | 'sign' | 'encrypt';

/** What values belong to. Texts that were not given are ""; one that is not UTF-8 is null. */
export interface Identity {
  host: string | null;
  plugin: string | null;
  pluginInstance: string | null;
  type: string | null;
  typeInstance: string | null;
}

export interface ValueList extends Readonly<Identity> {
  /** Nanoseconds since 1970, as digits; null when it was not given or is out of range. */
  readonly time: string | null;
  readonly values: PacketValues;
}

/** Told of each list of values; valid during the call only. `level` is how it was protected. */
export type OnValues = (values: ValueList, level: SecurityLevel) => void;

/**
 * Throws `invalid` or `unauthorized` where a packet stops being as it should be; `onValues` was called for what came before
 * that.
 */
export function readPacket(packet: Buffer, passwordOf: PasswordOf, onValues: OnValues): void {
  readParts(packet, 'none', passwordOf, onValues);
}

function readParts(bytes: Buffer, level: SecurityLevel, passwordOf: PasswordOf, onValues: OnValues): void {
  const state: Identity & { time: string | null } = {
    host: '',
    plugin: '',
    pluginInstance: '',
    type: '',
    typeInstance: '',
    time: null,
  };
  for (let at = 0, end = 0; at < bytes.length; at = end) {
    if (bytes.length - at < 4) throw new WeirError('invalid', 'the packet ends within a part');
    const length = bytes.readUInt16BE(at + 2);
    end = at + length;
    if (length < 5 || end > bytes.length) throw new WeirError('invalid', `a part has an impossible length: ${length}`);
    const payload = bytes.subarray(at + 4, end);
    switch (bytes.readUInt16BE(at)) {
      case 0x0000:
        state.host = readText(payload);
        break;
      case 0x0001:
        state.time = secondsText(readNumber(payload));
        break;
      case 0x0002:
        state.plugin = readText(payload);
        break;
      case 0x0003:
        state.pluginInstance = readText(payload);
        break;
      case 0x0004:
        state.type = readText(payload);
        break;
      case 0x0005:
        state.typeInstance = readText(payload);
        break;
      case 0x0006:
        onValues({ ...state, values: new PacketValues(payload) }, level);
        break;
      case 0x0008:
        state.time = fineTimeText(readNumber(payload));
        break;
      case 0x0200:
        checkSignature(payload, bytes.subarray(end), passwordOf);
        readParts(bytes.subarray(end), level === 'none' ? 'sign' : level, passwordOf, onValues);
        return;
      case 0x0210:
        readParts(decryptParts(payload, passwordOf), 'encrypt', passwordOf, onValues);
        break;
    }
  }
}

/** null for bytes that are no UTF-8. */
function readText(payload: Buffer): string | null {
  const end = payload.length - 1;
  if (payload[end] !== 0) throw new WeirError('invalid', 'a text does not end in a zero byte');
  const text = payload.toString('utf8', 0, end);
  return text.includes('\ufffd') && !Buffer.from(text).equals(payload.subarray(0, end)) ? null : text;
}

function readNumber(payload: Buffer): bigint {
  if (payload.length !== 8) throw new WeirError('invalid', `a number has ${payload.length} bytes`);
  return payload.readBigUInt64BE(0);
}

const NS = 1_000_000_000n;
const MAX_SECONDS = 9_223_372_035n;

function secondsText(seconds: bigint): string | null {
  return seconds > MAX_SECONDS ? null : String(seconds * NS);
}

/** Rounded to the nanosecond as collectd does; 0 stands for no time. */
function fineTimeText(time: bigint): string | null {
  const seconds = time >> 30n;
  if (time === 0n || seconds > MAX_SECONDS) return null;
  return String(seconds * NS + (((time & 0x3fff_ffffn) * NS + (1n << 29n)) >> 30n));
}

const WIRE_KINDS: readonly SourceKind[] = ['counter', 'gauge', 'derive', 'absolute'];

/** The payload of a values part: their number (2 bytes), a byte for the kind of each, then 8 bytes for each. */
export class PacketValues {
  readonly #payload: Buffer;
  readonly count: number;

  /** Throws `invalid`. */
  constructor(payload: Buffer) {
    this.#payload = payload;
    this.count = payload.length < 2 ? 0 : payload.readUInt16BE(0);
    if (payload.length !== 2 + 9 * this.count) throw new WeirError('invalid', 'values have a wrong length');
    for (let index = 0; index < this.count; index++) {
      if (payload[2 + index] >= WIRE_KINDS.length) {
        throw new WeirError('invalid', `values of an unknown kind: ${payload[2 + index]}`);
      }
    }
  }

  /** As a double, after it was made one of `kind`, as InfluxDB does with values of another kind than types.db says. */
  value(index: number, kind: SourceKind): number {
    const payload = this.#payload;
    const at = 2 + this.count + 8 * index;
    const wireKind = WIRE_KINDS[payload[2 + index]];
    if (wireKind === 'gauge') {
      const value = payload.readDoubleLE(at);
      return kind === 'gauge' ? value : Math.trunc(value);
    }
    const isSigned = (kind === 'gauge' ? wireKind : kind) === 'derive';
    const high = isSigned ? payload.readInt32BE(at) : payload.readUInt32BE(at);
    // Rounded once, as the product is exact.
    return high * 2 ** 32 + payload.readUInt32BE(at + 4);
  }
}
