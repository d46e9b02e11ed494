// A Whisper file as archives. Everything is checked before anything is returned.
import { readFile, stat } from 'node:fs/promises';
import { type Archive, type ArchiveFile, MAX_FILE_BYTES } from '../archives/archive-file.ts';
import { damagedAt } from '../influxdb/damage.ts';
import { AGGREGATIONS, ARCHIVE_BYTES, HEADER_BYTES, POINT_BYTES } from './whisper-format.ts';

const MAX_ARCHIVES = 64;

interface ArchiveInfo {
  readonly offset: number;
  readonly step: number;
  readonly points: number;
}

/** Rejects with `corrupt`, naming file and offset, and as the system does when the file cannot be read. */
export async function readWhisper(path: string): Promise<ArchiveFile> {
  const { size } = await stat(path);
  if (size > MAX_FILE_BYTES) throw damagedAt(path, 0, `${size} bytes are too many for a Whisper file`);
  const bytes = await readFile(path);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES) throw damagedAt(path, bytes.length, 'the file ends within its header');
  const aggregation = AGGREGATIONS[view.getUint32(0)];
  if (aggregation === undefined) throw damagedAt(path, 0, `unknown aggregation method ${view.getUint32(0)}`);
  const xff = view.getFloat32(8);
  if (!(xff >= 0 && xff <= 1)) throw damagedAt(path, 8, `the share of known points is ${xff}, not between 0 and 1`);
  const infos = readInfos(path, view);
  const read = infos.map((info) => readPoints(view, info, aggregation));
  return {
    baseStep: infos[0].step,
    fields: [{ name: '', archives: read.map(({ archive }) => archive) }],
    value: aggregation === 'sum' ? 'sum' : 'mean',
    misplaced: read.reduce((sum, { misplaced }) => sum + misplaced, 0),
  };
}

/** Fine to coarse, each within the file. */
function readInfos(path: string, view: DataView): ArchiveInfo[] {
  const count = view.getUint32(12);
  if (count === 0 || count > MAX_ARCHIVES)
    throw damagedAt(path, 12, `${count} archives, expected 1 to ${MAX_ARCHIVES}`);
  const headerEnd = HEADER_BYTES + count * ARCHIVE_BYTES;
  if (view.byteLength < headerEnd)
    throw damagedAt(path, view.byteLength, `the file ends within the heads of ${count} archives`);
  const infos: ArchiveInfo[] = [];
  let end = headerEnd;
  for (let index = 0; index < count; index++) {
    const at = HEADER_BYTES + index * ARCHIVE_BYTES;
    const info = { offset: view.getUint32(at), step: view.getUint32(at + 4), points: view.getUint32(at + 8) };
    const before = infos.at(-1);
    const wrong = (reason: string): Error => damagedAt(path, at, `archive ${index}: ${reason}`);
    if (info.offset !== end) throw wrong(`it begins at ${info.offset}, expected ${end}`);
    if (info.step === 0 || info.points === 0) throw wrong(`${info.points} points of ${info.step} s`);
    if (before !== undefined && (info.step <= before.step || info.step % before.step !== 0)) {
      throw wrong(`its step of ${info.step} s is no multiple of ${before.step} s before it`);
    }
    end += info.points * POINT_BYTES;
    if (end > view.byteLength)
      throw wrong(`${info.points} points would end at ${end}, the file does at ${view.byteLength}`);
    infos.push(info);
  }
  if (end !== view.byteLength) throw damagedAt(path, end, `${view.byteLength - end} bytes follow the last archive`);
  return infos;
}

function readPoints(
  view: DataView,
  { offset, step, points }: ArchiveInfo,
  aggregation: string,
): { readonly archive: Archive; readonly misplaced: number } {
  const firstTime = view.getUint32(offset);
  const found: { readonly time: number; readonly value: number }[] = [];
  let newest = 0;
  let misplaced = 0;
  for (let slot = 0; slot < points; slot++) {
    const at = offset + slot * POINT_BYTES;
    const time = view.getUint32(at);
    if (time === 0) continue;
    const distance = (time - firstTime) / step;
    const isInPlace = time % step === 0 && firstTime > 0 && ((distance % points) + points) % points === slot;
    if (!isInPlace) {
      misplaced++;
      continue;
    }
    newest = Math.max(newest, time);
    found.push({ time, value: view.getFloat64(at + 4) });
  }
  // Older ones were written a round ago, and nothing since.
  const live = found
    .filter(({ time, value }) => time > newest - step * points && Number.isFinite(value))
    .toSorted((a, b) => a.time - b.time);
  const values = Float64Array.from(live, ({ value }) => value);
  const unknown = new Float64Array(live.length).fill(NaN);
  const archive: Archive = {
    step,
    rowCount: points,
    starts: Float64Array.from(live, ({ time }) => time),
    values,
    minima: unknown,
    maxima: unknown,
    lasts: aggregation === 'last' ? values : unknown,
  };
  return { archive, misplaced };
}
