// Bytes that a directory takes on the disk, as `du` counts them.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const SECTOR_BYTES = 512;

/** A file with several names counts once; one that has gone meanwhile, since servers tidy up, does not. */
export function diskBytes(dir: string): number {
  const seen = new Set<number>();
  let total = 0;
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    const stat = entry.isFile() ? statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false }) : undefined;
    if (stat === undefined || seen.has(stat.ino)) continue;
    seen.add(stat.ino);
    total += stat.blocks * SECTOR_BYTES;
  }
  return total;
}
