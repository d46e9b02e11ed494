// Bytes that a directory takes on the disk, as `du` counts them.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const SECTOR_BYTES = 512;

export function diskBytes(dir: string): number {
  let total = 0;
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) total += fileBytes(join(entry.parentPath, entry.name));
  }
  return total;
}

/** 0 for a file that has gone: a server may tidy up meanwhile. */
function fileBytes(path: string): number {
  return (statSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * SECTOR_BYTES;
}
