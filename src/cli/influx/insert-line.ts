// `INSERT [INTO [db.]rp] point`: what is inserted, and where. Names are read as the 1.x shell reads them.
import { WeirError } from '../../base/index.ts';

export interface InsertTarget {
  readonly database: string;
  readonly policy: string;
}

export interface Insert extends InsertTarget {
  /** Line protocol. */
  readonly point: string;
}

/** `fallback` is where it goes without INTO. Throws `invalid` for what does not begin with INSERT. */
export function parseInsert(line: string, fallback: InsertTarget): Insert {
  const [keyword, point] = takeName(line);
  if (keyword.toLowerCase() !== 'insert') throw new WeirError('invalid', `found ${keyword}, expected INSERT`);
  const [into, rest] = takeName(point);
  return into.toLowerCase() === 'into' ? parseInto(rest, fallback) : { ...fallback, point };
}

function parseInto(text: string, { database, policy }: InsertTarget): Insert {
  let [name, rest] = takeName(text);
  if (rest.startsWith('.')) {
    database = name;
    [name, rest] = takeName(rest.slice(1));
  }
  return rest.startsWith(' ') ? { database, policy: name, point: rest.slice(1) } : { database, policy, point: rest };
}

/** A bare or quoted name off the front of the text; empty where there is none. */
function takeName(text: string): readonly [name: string, rest: string] {
  const match = /^[ \t\n]*(?:([A-Za-z_][A-Za-z0-9_]*)|"((?:[^"\\]|\\.)*)")/.exec(text);
  if (match === null) return ['', text.replace(/^[ \t\n]+/, '')];
  const [all, bare, quoted = ''] = match;
  return [bare ?? quoted.replace(/\\(["\\])/g, '$1'), text.slice(all.length)];
}
