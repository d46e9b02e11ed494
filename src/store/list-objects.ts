// Lists the objects of a directory store in the order of their keys, one directory in memory at a time.
import { join } from 'node:path';
import type { ObjectInfo } from './object-store.ts';
import type { Files } from './files.ts';
import { isKeyPart } from './key.ts';

const PARALLEL_STATS = 32;

/**
 * A directory stands in the order as its name with a slash, as its objects' keys do: `a-b`, `a.b`, `a/x`, `a0`. Names that
 * are no key parts are not ours and are passed over, as is what vanishes meanwhile.
 */
export async function* listObjects(
  files: Files,
  root: string,
  prefix: string,
  after: string,
): AsyncGenerator<ObjectInfo> {
  yield* walk(prefix.slice(0, prefix.lastIndexOf('/') + 1));

  async function* walk(base: string): AsyncGenerator<ObjectInfo> {
    const keys = await wantedKeys(base);
    for (let at = 0; at < keys.length; ) {
      if (keys[at].endsWith('/')) {
        yield* walk(keys[at++]);
        continue;
      }
      let end = at + 1;
      while (end < keys.length && end < at + PARALLEL_STATS && !keys[end].endsWith('/')) end++;
      for (const info of await Promise.all(keys.slice(at, end).map(infoOf))) {
        if (info !== undefined) yield info;
      }
      at = end;
    }
  }

  async function wantedKeys(base: string): Promise<string[]> {
    const keys: string[] = [];
    for (const { name, kind } of await files.entries(join(root, base))) {
      if (kind === 'other' || !isKeyPart(name)) continue;
      const key = kind === 'directory' ? `${base}${name}/` : base + name;
      const isAfter = key > after || (kind === 'directory' && after.startsWith(key));
      if (isAfter && key.startsWith(prefix)) keys.push(key);
    }
    return keys.sort();
  }

  async function infoOf(key: string): Promise<ObjectInfo | undefined> {
    const info = await files.info(join(root, key));
    return info?.kind === 'file' ? { key, sizeBytes: info.sizeBytes } : undefined;
  }
}
