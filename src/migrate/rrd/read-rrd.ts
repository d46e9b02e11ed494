// An RRD, as rrdtool keeps it or as `rrdtool dump` prints it: the first bytes tell which.
import { readFile, stat } from 'node:fs/promises';
import { type ArchiveFile, MAX_FILE_BYTES } from '../archives/archive-file.ts';
import { damagedAt } from '../influxdb/damage.ts';
import { readBinaryRrd } from './read-binary.ts';
import { readXmlRrd } from './read-xml.ts';

/** Rejects with `corrupt`, naming file and offset, and as the system does when the file cannot be read. */
export async function readRrd(path: string): Promise<ArchiveFile> {
  const { size } = await stat(path);
  if (size > MAX_FILE_BYTES) throw damagedAt(path, 0, `${size} bytes are too many for an RRD`);
  const bytes = await readFile(path);
  const start = bytes.subarray(0, 64).toString('latin1');
  if (start.startsWith('RRD\0')) return readBinaryRrd(path, bytes);
  if (/^(\xef\xbb\xbf)?\s*</.test(start)) return readXmlRrd(path, bytes);
  throw damagedAt(path, 0, 'neither "RRD" nor "<" is at the beginning: this is no RRD, and no dump of one');
}
