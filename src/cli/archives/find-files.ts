// Files by their ending, below what is named.
import { readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { WeirError, compareStrings } from '../../base/index.ts';
import type { ArchiveSource } from '../../migrate/index.ts';

/** Sorted by path. Names are paths below `root`; without it below the directory that was named, or the present one. */
export async function findFiles(
  named: readonly string[],
  ending: string,
  root: string | undefined,
): Promise<readonly ArchiveSource[]> {
  const found: ArchiveSource[] = [];
  for (const path of named) {
    if ((await stat(path)).isDirectory()) {
      const entries = await readdir(path, { recursive: true, withFileTypes: true });
      for (const entry of entries) {
        if (!entry.isFile() || !entry.name.endsWith(ending)) continue;
        const file = join(entry.parentPath, entry.name);
        found.push({ path: file, name: relative(root ?? path, file) });
      }
    } else {
      const name = relative(root ?? '.', path);
      found.push({ path, name: root === undefined && name.startsWith('..') ? path : name });
    }
  }
  if (found.length === 0) throw new WeirError('invalid', `no *${ending} was found in ${named.join(', ')}`);
  return found.toSorted((a, b) => compareStrings(a.path, b.path));
}
