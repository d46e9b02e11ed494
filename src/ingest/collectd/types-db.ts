// collectd's types.db: which values a type has.
//
//     load            shortterm:GAUGE:0:5000, midterm:GAUGE:0:5000, longterm:GAUGE:0:5000
//     type            data source: kind : least : most
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { WeirError, messageOf } from '../../base/index.ts';

export type SourceKind = 'gauge' | 'derive' | 'counter' | 'absolute';

export interface DataSource {
  readonly name: string;
  readonly kind: SourceKind;
}

/** Type -> its data sources, in the order in which packets have their values. */
export type TypesDb = ReadonlyMap<string, readonly DataSource[]>;

/** Reads a file, or all files of a directory and those in it; what comes later goes before. Throws `invalid`. */
export async function loadTypesDb(path: string): Promise<TypesDb> {
  const types = new Map<string, readonly DataSource[]>();
  try {
    for (const file of await filesAt(path)) {
      for (const [type, sources] of parseTypesDb(await readFile(file, 'utf8'))) types.set(type, sources);
    }
  } catch (error) {
    throw new WeirError('invalid', `the types of collectd cannot be read: ${messageOf(error)}`, error);
  }
  if (types.size === 0) throw new WeirError('invalid', `there are no types of collectd in ${path}`);
  return types;
}

async function filesAt(path: string): Promise<readonly string[]> {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

/** Lines that are not as expected are passed over, as collectd does. */
export function parseTypesDb(text: string): TypesDb {
  const types = new Map<string, readonly DataSource[]>();
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue;
    const [type, ...words] = line.trim().split(/\s+/);
    const sources = words.map(parseSource);
    if (type !== '' && sources.every((source) => source !== null)) types.set(type, sources);
  }
  return types;
}

const KINDS: ReadonlyMap<string, SourceKind> = new Map([
  ['GAUGE', 'gauge'],
  ['DERIVE', 'derive'],
  ['COUNTER', 'counter'],
  ['ABSOLUTE', 'absolute'],
]);

/** `name:KIND:least:most`, with or without a comma behind it. The bounds are for rates and concern nobody here. */
function parseSource(word: string): DataSource | null {
  const [name, kindText, least, most, ...rest] = word.replace(/,$/, '').split(':');
  const kind = KINDS.get(kindText);
  const isBound = (text: string): boolean => text === 'U' || (text !== '' && Number.isFinite(Number(text)));
  if (kind === undefined || most === undefined || rest.length > 0 || !isBound(least) || !isBound(most)) return null;
  return { name, kind };
}
