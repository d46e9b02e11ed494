// RRDtool's own files, as 64-bit little-endian machines write them.
//
//     0      "RRD\0" │ version "0003\0" │ at 16: the number 8.642135e130 │ ds count u64 │ rra count u64 │ step u64 │ 10 × 8 bytes
//     128    data sources       name 20 bytes │ type 20 bytes │ 10 × 8 bytes                        × ds
//            archives           consolidation 20 bytes │ 4 unused │ rows u64 │ steps u64 │ 10 × 8   × rra
//            last update        seconds i64 │ microseconds i64
//            primary points in the making    112 bytes                                              × ds
//            windows in the making            80 bytes                                              × rra × ds
//            the row that was written last   u64                                                    × rra
//            values             f64           one of each data source a row                         × rows × rra
import { damagedAt } from '../influxdb/damage.ts';
import { type ArchiveFile, MAX_TIME } from '../archives/archive-file.ts';
import { type RrdArchive, fieldsOfRrd } from './rrd-archives.ts';

const VERSIONS = ['0003', '0004', '0005'];
/** Written by the machine in its own byte order: another one reads another number. */
const NUMBER = 8.642135e130;
const NUMBER_AT = 16;
const HEAD_BYTES = 128;
const DEFINITION_BYTES = 120;
const LIVE_BYTES = 16;
const PRIMARY_BYTES = 112;
const WINDOW_BYTES = 80;
/** More of either are no RRD. */
const MAX_PARTS = 65_536;
const MAX_STEP = 10 * 366 * 86_400;

interface ArchiveHead {
  readonly consolidation: string;
  readonly rowCount: number;
  readonly step: number;
}

/** Throws `corrupt`, with file and offset. */
export function readBinaryRrd(path: string, bytes: Uint8Array): ArchiveFile {
  const file = new RrdBytes(path, bytes);
  const version = file.text(4, 5);
  if (!VERSIONS.includes(version)) throw file.damage(4, `version "${version}", expected one of ${VERSIONS.join(', ')}`);
  if (file.double(NUMBER_AT) !== NUMBER) {
    throw file.damage(
      NUMBER_AT,
      'not written by a 64-bit little-endian machine: use rrdtool dump there, and import the XML',
    );
  }
  const sourceCount = file.count(24, 'data sources', MAX_PARTS);
  const archiveCount = file.count(32, 'archives', MAX_PARTS);
  const step = file.count(40, 'seconds a step', MAX_STEP);
  const archivesAt = HEAD_BYTES + sourceCount * DEFINITION_BYTES;
  const liveAt = archivesAt + archiveCount * DEFINITION_BYTES;
  const pointersAt = liveAt + LIVE_BYTES + sourceCount * PRIMARY_BYTES + archiveCount * sourceCount * WINDOW_BYTES;
  const valuesAt = pointersAt + archiveCount * 8;
  file.need(valuesAt, 'its head');
  const names = Array.from({ length: sourceCount }, (_, at) => file.text(HEAD_BYTES + at * DEFINITION_BYTES, 20));
  const heads = Array.from({ length: archiveCount }, (_, index): ArchiveHead => {
    const at = archivesAt + index * DEFINITION_BYTES;
    return {
      consolidation: file.text(at, 20),
      rowCount: file.count(at + 24, `rows of archive ${index}`, bytes.length),
      step: step * file.count(at + 32, `steps a row of archive ${index}`, MAX_STEP),
    };
  });
  const rows = heads.reduce((sum, { rowCount }) => sum + rowCount, 0);
  const end = valuesAt + rows * sourceCount * 8;
  file.need(end, `${rows} rows of ${sourceCount} values`);
  if (end < bytes.length) throw file.damage(end, `${bytes.length - end} bytes follow the last archive`);
  const lastUpdate = file.count(liveAt, 'seconds, the last update', MAX_TIME);
  const archives: RrdArchive[] = [];
  let at = valuesAt;
  for (const [index, head] of heads.entries()) {
    archives.push(readRows(file, head, { at, pointerAt: pointersAt + index * 8, sourceCount }));
    at += head.rowCount * sourceCount * 8;
  }
  return { baseStep: step, fields: fieldsOfRrd(names, lastUpdate, archives), value: 'mean', misplaced: 0 };
}

function readRows(
  file: RrdBytes,
  { consolidation, rowCount, step }: ArchiveHead,
  { at, pointerAt, sourceCount }: { readonly at: number; readonly pointerAt: number; readonly sourceCount: number },
): RrdArchive {
  const newest = file.index(pointerAt, rowCount);
  const columns = Array.from({ length: sourceCount }, () => new Float64Array(rowCount));
  for (let row = 0; row < rowCount; row++) {
    const stored = (newest + 1 + row) % rowCount;
    for (let source = 0; source < sourceCount; source++) {
      columns[source][row] = file.double(at + (stored * sourceCount + source) * 8);
    }
  }
  return { consolidation, step, columns };
}

class RrdBytes {
  readonly #path: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(path: string, bytes: Uint8Array) {
    this.#path = path;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.need(HEAD_BYTES, 'its head');
  }

  need(end: number, what: string): void {
    if (end > this.#bytes.length)
      throw this.damage(this.#bytes.length, `the file ends within ${what}, expected ${end} bytes`);
  }

  damage(offset: number, reason: string): Error {
    return damagedAt(this.#path, offset, reason);
  }

  double(offset: number): number {
    return this.#view.getFloat64(offset, true);
  }

  /** From 1 to `max`. */
  count(offset: number, what: string, max: number): number {
    const count = this.#view.getBigUint64(offset, true);
    if (count === 0n || count > BigInt(max)) throw this.damage(offset, `${count} ${what}, expected 1 to ${max}`);
    return Number(count);
  }

  index(offset: number, count: number): number {
    const index = this.#view.getBigUint64(offset, true);
    if (index >= BigInt(count)) throw this.damage(offset, `row ${index} of ${count}`);
    return Number(index);
  }

  /** Up to its zero byte. */
  text(offset: number, length: number): string {
    const end = this.#bytes.subarray(offset, offset + length).indexOf(0);
    return Buffer.from(this.#bytes.subarray(offset, offset + (end < 0 ? length : end))).toString('latin1');
  }
}
