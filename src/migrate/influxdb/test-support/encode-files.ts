// TSM files, tombstones, WAL segments and `meta.db` as influxd writes them.
import { crc32, gzipSync } from 'node:zlib';
import { encodeSnappy } from '../../../base/index.ts';
import type { FieldType } from '../../../model/index.ts';
import { ByteWriter } from './byte-writer.ts';
import { type EncodedValue, type Value, encodeBlock } from './encode-block.ts';

export interface KeyBlocks {
  readonly key: string | Uint8Array;
  readonly type: FieldType;
  readonly blocks: readonly { readonly times: readonly bigint[]; readonly values: readonly EncodedValue[] }[];
}

const INDEX_TYPES: Readonly<Record<FieldType, number>> = { float: 0, integer: 1, boolean: 2, string: 3, unsigned: 4 };
const WAL_TYPES: Readonly<Record<FieldType, number>> = { float: 1, integer: 2, boolean: 3, string: 4, unsigned: 5 };

/** Of keys in ascending order. */
export function encodeTsm(keys: readonly KeyBlocks[]): Buffer {
  const file = new ByteWriter().u32(0x16d116d1).u8(1);
  const index = new ByteWriter();
  for (const { key, type, blocks } of keys) {
    const bytes = typeof key === 'string' ? Buffer.from(key) : key;
    index.u16(bytes.length).bytes(bytes).u8(INDEX_TYPES[type]).u16(blocks.length);
    for (const { times, values } of blocks) {
      const block = encodeBlock(type, times, values);
      index
        .u64(times[0])
        .u64(times[times.length - 1])
        .u64(BigInt(file.length))
        .u32(block.length + 4);
      file.u32(crc32(block)).bytes(block);
    }
  }
  const indexStart = file.length;
  return file.bytes(index.finish()).u64(BigInt(indexStart)).finish();
}

export interface Tombstone {
  readonly key: string;
  readonly minNs: bigint;
  readonly maxNs: bigint;
}

/** Version 1 knows no times. Version 4 gets a stream of gzip for each entry. */
export function encodeTombstones(version: 1 | 2 | 3 | 4, entries: readonly Tombstone[]): Buffer {
  if (version === 1) return Buffer.from(entries.map(({ key }) => `${key}\n`).join(''));
  const plain = entries.map(({ key, minNs, maxNs }) => {
    const bytes = Buffer.from(key);
    return new ByteWriter().u32(bytes.length).bytes(bytes).u64(minNs).u64(maxNs).finish();
  });
  const header = new ByteWriter().u32(0x1500 + version).finish();
  if (version === 2) return Buffer.concat([header, ...plain]);
  if (version === 3) return Buffer.concat([header, gzipSync(Buffer.concat(plain))]);
  return Buffer.concat([header, ...plain.map((each) => gzipSync(each))]);
}

export interface WalWrite {
  readonly key: string;
  readonly type: FieldType;
  readonly points: readonly (readonly [timeNs: bigint, value: Value])[];
}

export function walWrite(writes: readonly WalWrite[]): Buffer {
  const entry = new ByteWriter();
  for (const { key, type, points } of writes) {
    const bytes = Buffer.from(key);
    entry.u8(WAL_TYPES[type]).u16(bytes.length).bytes(bytes).u32(points.length);
    for (const [timeNs, value] of points) {
      entry.u64(timeNs);
      if (type === 'float') entry.f64(Number(value));
      else if (type === 'boolean') entry.u8(value === true ? 1 : 0);
      else if (type === 'string') entry.u32(Buffer.byteLength(String(value))).text(String(value));
      else entry.u64(BigInt(value));
    }
  }
  return walRecord(1, entry.finish());
}

export function walDelete(keys: readonly string[]): Buffer {
  return walRecord(2, Buffer.from(keys.join('\n')));
}

export function walDeleteRange(keys: readonly string[], minNs: bigint, maxNs: bigint): Buffer {
  const entry = new ByteWriter().u64(minNs).u64(maxNs);
  for (const key of keys) entry.u32(Buffer.byteLength(key)).text(key);
  return walRecord(3, entry.finish());
}

export function walRecord(kind: number, entry: Uint8Array): Buffer {
  const packed = encodeSnappy(entry);
  return new ByteWriter().u8(kind).u32(packed.length).bytes(packed).finish();
}
