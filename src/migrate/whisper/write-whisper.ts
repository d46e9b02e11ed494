// Makes the bytes of a Whisper file.
import { assert } from '../../base/index.ts';
import { AGGREGATIONS, ARCHIVE_BYTES, type Aggregation, HEADER_BYTES, POINT_BYTES } from './whisper-format.ts';

export interface WhisperArchive {
  readonly step: number;
  readonly points: number;
  /** Ascending, divisible by the step; of more than `points` steps the newest are kept. */
  readonly starts: readonly number[];
  readonly values: readonly number[];
}

/** `archives` as Whisper takes them: fine to coarse, steps that divide one another, longer and longer. */
export function encodeWhisper(aggregation: Aggregation, xff: number, archives: readonly WhisperArchive[]): Uint8Array {
  const headerBytes = HEADER_BYTES + archives.length * ARCHIVE_BYTES;
  const points = archives.reduce((sum, archive) => sum + archive.points, 0);
  const bytes = new Uint8Array(headerBytes + points * POINT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, AGGREGATIONS.indexOf(aggregation));
  view.setUint32(4, Math.max(...archives.map((archive) => archive.step * archive.points)));
  view.setFloat32(8, xff);
  view.setUint32(12, archives.length);
  let offset = headerBytes;
  for (const [index, archive] of archives.entries()) {
    const at = HEADER_BYTES + index * ARCHIVE_BYTES;
    view.setUint32(at, offset);
    view.setUint32(at + 4, archive.step);
    view.setUint32(at + 8, archive.points);
    writePoints(view, offset, archive);
    offset += archive.points * POINT_BYTES;
  }
  return bytes;
}

function writePoints(view: DataView, offset: number, { step, points, starts, values }: WhisperArchive): void {
  if (starts.length === 0) return;
  const newest = starts[starts.length - 1];
  const from = starts.findIndex((start) => start > newest - step * points);
  for (let row = from; row < starts.length; row++) {
    // The oldest one is in slot 0, from which all others are found.
    const slot = (starts[row] - starts[from]) / step;
    assert(Number.isInteger(slot) && slot < points, 'windows are on steps');
    view.setUint32(offset + slot * POINT_BYTES, starts[row]);
    view.setFloat64(offset + slot * POINT_BYTES + 4, values[row]);
  }
}
