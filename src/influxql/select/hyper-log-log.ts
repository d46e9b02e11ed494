// Sketches of how many different values there are, as InfluxDB 1.9 writes them: HyperLogLog++ with 2^16 registers.
//
//     text     HLL_ and, in base64:
//     sparse   02 16 01  00000000  count  last  length  deltas       hashes cut to 25 bits, ascending, as variable-length deltas
//     dense    02 16 00  length  a byte for each register            the most leading zeros of any hash, plus 1
//
// Numbers are big-endian, of 32 bits. A sketch is sparse as long as its deltas take no more bytes than the registers would.
//
// Flajolet et al., HyperLogLog; Heule et al., HyperLogLog in practice; Qin et al., LogLog-Beta (the bias correction).
import type { FieldType } from '../../model/index.ts';
import { xxHash64 } from './xx-hash.ts';

const PREFIX = 'HLL_';
const VERSION = 2;
const PRECISION = 16;
const REGISTERS = 2 ** PRECISION;
const SPARSE_PRECISION = 25;
/** Version, precision, form; the empty set of values that are not merged yet. */
const SPARSE_HEAD_BYTES = 7;
const DENSE_HEAD_BYTES = 7;

/** A value as it stands in a cell. */
export type SketchValue = number | bigint | string | boolean;

/** A sketch in the making. */
export class SketchBuilder {
  readonly #type: FieldType;
  readonly #hashes: bigint[] = [];

  constructor(type: FieldType) {
    this.#type = type;
  }

  /** A value that was not added yet. */
  add(value: SketchValue): void {
    this.#hashes.push(xxHash64(bytesOf(value, this.#type)));
  }

  /** Its text. */
  finish(): string {
    const keys = [...new Set(this.#hashes.map(sparseKey))].sort((a, b) => a - b);
    const deltas = encodeDeltas(keys);
    const body = deltas.length > REGISTERS ? denseBody(registersOf(this.#hashes)) : sparseBody(keys, deltas);
    return PREFIX + body.toString('base64');
  }
}

/** How many values a sketch has seen, about; 0 for what is none. */
export function sketchCount(text: string): bigint {
  if (!text.startsWith(PREFIX)) return 0n;
  const bytes = Buffer.from(text.slice(PREFIX.length), 'base64');
  if (bytes.length < 12 || bytes[1] < 4 || bytes[1] > 18) return 0n;
  return bytes[2] === 1 ? sparseCount(bytes) : denseCount(bytes);
}

const scratch = new DataView(new ArrayBuffer(8));

/** Big-endian, as InfluxDB hashes them; of the scratch buffer where it fits. */
function bytesOf(value: SketchValue, type: FieldType): Uint8Array {
  switch (type) {
    case 'string':
      return Buffer.from(String(value));
    case 'boolean':
      return Uint8Array.of(Number(value));
    case 'float':
      scratch.setFloat64(0, Number(value));
      break;
    case 'integer':
      scratch.setBigInt64(0, BigInt(value));
      break;
    case 'unsigned':
      scratch.setBigUint64(0, BigInt(value));
  }
  return new Uint8Array(scratch.buffer);
}

/**
 * The first 25 bits of a hash. Where those behind the register's number are all 0, the number of zeros that follow stands with
 * them, and the last bit is set.
 */
function sparseKey(hash: bigint): number {
  const index = Number(hash >> BigInt(64 - SPARSE_PRECISION));
  if (index % 2 ** (SPARSE_PRECISION - PRECISION) !== 0) return index * 2;
  const rest = hash & ((1n << BigInt(64 - SPARSE_PRECISION)) - 1n);
  const zeros = 64 - SPARSE_PRECISION - bitLength(rest) + 1;
  return ((index << 7) | (zeros << 1) | 1) >>> 0;
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

function registersOf(hashes: readonly bigint[]): Uint8Array {
  const registers = new Uint8Array(REGISTERS);
  for (const hash of hashes) {
    const register = Number(hash >> BigInt(64 - PRECISION));
    const rest = hash & ((1n << BigInt(64 - PRECISION)) - 1n);
    const zeros = Math.min(64 - PRECISION - bitLength(rest), 64 - PRECISION) + 1;
    if (zeros > registers[register]) registers[register] = zeros;
  }
  return registers;
}

/** Seven bits a byte, the lowest first; the high bit says that more follow. */
function encodeDeltas(keys: readonly number[]): Buffer {
  const bytes: number[] = [];
  let last = 0;
  for (const key of keys) {
    let delta = key - last;
    last = key;
    for (; delta >= 0x80; delta = Math.floor(delta / 0x80)) bytes.push((delta & 0x7f) | 0x80);
    bytes.push(delta);
  }
  return Buffer.from(bytes);
}

function sparseBody(keys: readonly number[], deltas: Buffer): Buffer {
  const head = Buffer.alloc(SPARSE_HEAD_BYTES + 12);
  head.set([VERSION, PRECISION, 1]);
  head.writeUInt32BE(keys.length, SPARSE_HEAD_BYTES);
  head.writeUInt32BE(keys.at(-1) ?? 0, SPARSE_HEAD_BYTES + 4);
  head.writeUInt32BE(deltas.length, SPARSE_HEAD_BYTES + 8);
  return Buffer.concat([head, deltas]);
}

function denseBody(registers: Uint8Array): Buffer {
  const head = Buffer.alloc(DENSE_HEAD_BYTES);
  head.set([VERSION, PRECISION, 0]);
  head.writeUInt32BE(registers.length, 3);
  return Buffer.concat([head, registers]);
}

/** By how many of 2^25 places are taken. Keys that were not merged yet stand before the count and would be counted with it. */
function sparseCount(bytes: Buffer): bigint {
  const unmerged = bytes.readUInt32BE(3);
  const at = SPARSE_HEAD_BYTES + unmerged * 4;
  if (at + 4 > bytes.length) return 0n;
  const places = 2 ** SPARSE_PRECISION;
  const taken = unmerged + bytes.readUInt32BE(at);
  return taken >= places ? 0n : BigInt(Math.floor(places * Math.log(places / (places - taken))));
}

function denseCount(bytes: Buffer): bigint {
  const count = 2 ** bytes[1];
  const registers = bytes.subarray(DENSE_HEAD_BYTES, DENSE_HEAD_BYTES + count);
  if (registers.length < count) return 0n;
  let sum = 0;
  let empty = 0;
  for (const register of registers) {
    sum += 2 ** -register;
    if (register === 0) empty++;
  }
  const estimate = (alpha(count) * count * (count - empty)) / (beta(empty) + sum);
  return BigInt(Math.floor(estimate + 0.5));
}

function alpha(count: number): number {
  if (count === 16) return 0.673;
  if (count === 32) return 0.697;
  return count === 64 ? 0.709 : 0.7213 / (1 + 1.079 / count);
}

const BETA = [
  -1.41704077448122989, 0.40729184796612533, 1.56152033906584164, -0.99242233534286128, 0.26064681399483092,
  -0.03053811369682807, 0.00155770210179105,
];

/** LogLog-Beta's correction for 2^16 registers, by how many of them are empty. */
function beta(empty: number): number {
  const logarithm = Math.log(empty + 1);
  return BETA.reduce((sum, factor, power) => sum + factor * logarithm ** (power + 1), -0.37331876643753059 * empty);
}
