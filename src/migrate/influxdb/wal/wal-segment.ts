// A segment of the WAL, `_00001.wal`: records one behind the other.
//
//     ┌─────────┬───────────────┬────────────────────────────┐
//     │ kind u8 │ length u32 BE │ entry, as a Snappy block   │ …      kind 1: write, 2: delete, 3: delete of a span of time
//     └─────────┴───────────────┴────────────────────────────┘
//
// There is no checksum. influxd cuts a segment off at the first record that it cannot read, as a crash may have left half a
// record at the end. Where whole records follow behind it, though, that is no torn end but damage.
import { readFile } from 'node:fs/promises';
import { decodeSnappy, isWeirError, messageOf } from '../../../base/index.ts';
import { seriesEnd } from '../composite-key.ts';
import { damaged } from '../damage.ts';
import { type WalEntry, parseWalEntry } from './wal-entry.ts';

const HEADER_BYTES = 5;
const KINDS = 3;
/** Larger entries are none: influxd takes requests of 25 MB. */
const MAX_ENTRY_BYTES = 1 << 28;

export type WalRecord =
  | { readonly kind: 'entry'; readonly offset: number; readonly entry: WalEntry }
  /** The end of the segment is no record: nothing that was acknowledged with fsync on is lost. */
  | { readonly kind: 'torn'; readonly offset: number; readonly sizeBytes: number; readonly reason: string }
  /** A gap before whole records. */
  | { readonly kind: 'damage'; readonly offset: number; readonly sizeBytes: number; readonly reason: string };

/** All records of a segment. Holds its bytes: segments have 10 MB. */
export async function* readWalSegment(path: string): AsyncGenerator<WalRecord> {
  yield* walRecords(await readFile(path));
}

export function* walRecords(bytes: Buffer): Generator<WalRecord> {
  let offset = 0;
  while (offset < bytes.length) {
    const record = tryRecord(bytes, offset);
    if (typeof record !== 'string') {
      yield { kind: 'entry', offset, entry: record.entry };
      offset = record.end;
      continue;
    }
    const next = findRecord(bytes, offset + 1);
    const sizeBytes = next - offset;
    yield { kind: next < bytes.length ? 'damage' : 'torn', offset, sizeBytes, reason: record };
    offset = next;
  }
}

/** The record at `offset`, or why there is none. */
function tryRecord(bytes: Buffer, offset: number): { readonly entry: WalEntry; readonly end: number } | string {
  if (offset + HEADER_BYTES > bytes.length) return 'the file ends within a record';
  const kind = bytes[offset];
  const length = bytes.readUInt32BE(offset + 1);
  const end = offset + HEADER_BYTES + length;
  if (kind < 1 || kind > KINDS) return `unknown kind of record ${kind}`;
  if (end > bytes.length) return 'the file ends within a record';
  try {
    const plain = decodeSnappy(bytes.subarray(offset + HEADER_BYTES, end), MAX_ENTRY_BYTES);
    if (plain.length === 0) throw damaged('an empty record');
    return { entry: parseWalEntry(kind, plain), end };
  } catch (error) {
    if (isWeirError(error)) return messageOf(error);
    throw error;
  }
}

/** Where the next whole record begins, or the length of the segment. */
function findRecord(bytes: Buffer, from: number): number {
  for (let offset = from; offset + HEADER_BYTES < bytes.length; offset++) {
    if (bytes[offset] < 1 || bytes[offset] > KINDS) continue;
    const record = tryRecord(bytes, offset);
    if (typeof record !== 'string' && isCertain(record.entry)) return offset;
  }
  return bytes.length;
}

/** Whether bytes can hardly be such an entry by chance: nearly any are keys to delete, if these may be of any form. */
function isCertain(entry: WalEntry): boolean {
  if (entry.op === 'write') return true;
  return entry.keys.length > 0 && entry.keys.every((key) => seriesEnd(key) < key.length);
}
