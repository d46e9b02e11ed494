// One file of a record log: a line of JSON that ends in a checksum of all bytes before it.
//
//   {"kind":"record","format":1,"number":7,"writer":"9f0c…","body":{…},"crc32":"0a1b2c3d"}⏎
//   └────────────────────────── checked bytes ──────────────────────┘└──── 21 bytes ─────┘
import { crc32 } from 'node:zlib';
import { WeirError, assert, messageOf } from '../base/index.ts';

const FORMAT = 1;
const NAME_DIGITS = 16;
const TRAILER = /^,"crc32":"([0-9a-f]{8})"\}\n$/;
const TRAILER_BYTES = 21;

export interface RecordFile {
  readonly kind: 'record' | 'checkpoint';
  readonly number: number;
  /** Tells writers apart; means nothing to readers. */
  readonly writer: string;
  readonly body: unknown;
}

export function encodeRecordFile({ kind, number, writer, body }: RecordFile): Uint8Array {
  const bodyText = JSON.stringify(body);
  assert(bodyText !== undefined, 'record log: a codec encoded a value that JSON cannot hold');
  const checked = `{"kind":"${kind}","format":${FORMAT},"number":${number},"writer":"${writer}","body":${bodyText}`;
  return Buffer.from(`${checked},"crc32":"${checksum(Buffer.from(checked))}"}\n`);
}

/** The body. Throws `corrupt`, naming the key and the byte, unless the file is whole and is the one that was asked for. */
export function decodeRecordFile(key: string, bytes: Uint8Array, kind: RecordFile['kind'], number: number): unknown {
  const checkedBytes = bytes.length - TRAILER_BYTES;
  const trailer = TRAILER.exec(Buffer.from(bytes.subarray(Math.max(0, checkedBytes))).toString('latin1'));
  if (trailer === null) {
    throw corrupt(
      key,
      `has no checksum at byte ${Math.max(0, checkedBytes)} of ${bytes.length}: it was cut or overwritten`,
    );
  }
  const actual = checksum(bytes.subarray(0, checkedBytes));
  if (actual !== trailer[1]) {
    throw corrupt(key, `carries checksum ${trailer[1]} at byte ${checkedBytes}, but its bytes give ${actual}`);
  }
  const file = parse(key, bytes);
  if (file.format !== FORMAT) {
    throw new WeirError(
      'not implemented',
      `${key} has format ${String(file.format)}; this version of Weir reads format ${FORMAT}`,
    );
  }
  if (file.kind !== kind || file.number !== number) {
    throw corrupt(key, `holds ${String(file.kind)} ${String(file.number)} instead of ${kind} ${number}`);
  }
  return file.body;
}

/** `0000000000000007.json`: sorts as its number does. */
export function numberedName(number: number): string {
  return `${String(number).padStart(NAME_DIGITS, '0')}.json`;
}

/** The number of such a name, or undefined for any other text. */
export function numberOfName(name: string): number | undefined {
  const match = /^(\d{16})\.json$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

function parse(key: string, bytes: Uint8Array): { kind?: unknown; format?: unknown; number?: unknown; body?: unknown } {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch (error) {
    throw corrupt(key, `is not JSON: ${messageOf(error)}`);
  }
}

function checksum(bytes: Uint8Array): string {
  return crc32(bytes).toString(16).padStart(8, '0');
}

function corrupt(key: string, what: string): WeirError {
  return new WeirError('corrupt', `${key} ${what}`);
}
