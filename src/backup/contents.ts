// What a backup holds, apart from the bytes of its objects: which databases, and all that their buckets are made of, at one
// position of the log. It is the body of `manifest.json` and of the requests of backup and restore.
import { type Database, type User, decodeDatabase, decodeUser, encodeDatabase, encodeUser } from '../catalog/index.ts';
import { FIELD_TYPES, type FieldType, type TagPredicate } from '../model/index.ts';
import type { BlockMeta, CapturedBucket, CapturedFamily, DeleteMeta, SeriesSegmentMeta } from '../view/index.ts';
import { countOf, integerOf, listOf, matchOf, membersOf, textOf, timeOf, wrong } from './json-check.ts';

/** What of a server is meant; null = all of it. */
export interface Selection {
  readonly database: string | null;
  /** A retention policy of the database. */
  readonly policy: string | null;
  /** Without shards that end at or before this time, as decimal ns. */
  readonly sinceNs: string | null;
}

export interface Contents {
  /** RFC 3339. */
  readonly createdAt: string;
  /** Of the Weir that it comes from. */
  readonly version: string;
  readonly selection: Selection;
  /** Every change of that server's log up to here, and none after. */
  readonly upTo: number;
  readonly databases: readonly Database[];
  /** Empty unless all was selected. */
  readonly users: readonly User[];
  readonly buckets: readonly CapturedBucket[];
  readonly families: readonly CapturedFamily[];
}

/** Of blocks and segments, each once. */
export function objectKeys({ buckets, families }: Pick<Contents, 'buckets' | 'families'>): readonly string[] {
  const blocks = buckets.flatMap((bucket) => bucket.blocks.map(({ key }) => key));
  return [...blocks, ...families.flatMap(({ segments }) => segments.map(({ key }) => key))];
}

export function encodeContents(contents: Contents): Record<string, unknown> {
  return {
    ...contents,
    databases: contents.databases.map(encodeDatabase),
    users: contents.users.map(encodeUser),
  };
}

/** Throws `invalid` (or `corrupt`, from the catalog) with the path of what is wrong. */
export function decodeContents(json: unknown, path: string): Contents {
  const members = membersOf(json, path);
  const selection = membersOf(members.selection, `${path}.selection`);
  const buckets = listOf(members, 'buckets', path, decodeBucket);
  const families = listOf(members, 'families', path, decodeFamily);
  return {
    createdAt: textOf(members, 'createdAt', path),
    version: textOf(members, 'version', path),
    selection: {
      database: textOrNull(selection.database, `${path}.selection.database`),
      policy: textOrNull(selection.policy, `${path}.selection.policy`),
      sinceNs: selection.sinceNs === null ? null : timeOf(selection, 'sinceNs', `${path}.selection`),
    },
    upTo: countOf(members, 'upTo', path),
    databases: listOf(members, 'databases', path, decodeDatabase),
    users: listOf(members, 'users', path, decodeUser),
    buckets,
    families,
  };
}

const ID = /^[0-9a-f]{16}$/;

function idOf(members: Readonly<Record<string, unknown>>, name: string, path: string): string {
  return matchOf(members, name, path, ID, '16 hexadecimal digits');
}

function textOrNull(value: unknown, path: string): string | null {
  if (value !== null && typeof value !== 'string') throw wrong(path, 'a text or null', value);
  return value;
}

function decodeBucket(json: unknown, path: string): CapturedBucket {
  const members = membersOf(json, path);
  const bucketId = idOf(members, 'bucketId', path);
  const own = <T extends { readonly bucketId: string }>(item: T, itemPath: string): T => {
    if (item.bucketId !== bucketId) throw wrong(`${itemPath}.bucketId`, bucketId, item.bucketId);
    return item;
  };
  return {
    bucketId,
    familyId: idOf(members, 'familyId', path),
    blocks: listOf(members, 'blocks', path, (item, at) => own(decodeBlock(item, at), at)),
    deletes: listOf(members, 'deletes', path, (item, at) => own(decodeDelete(item, at), at)),
  };
}

function decodeFamily(json: unknown, path: string): CapturedFamily {
  const members = membersOf(json, path);
  const familyId = idOf(members, 'familyId', path);
  const segments = listOf(members, 'segments', path, (item, at): SeriesSegmentMeta => {
    const segment = membersOf(item, at);
    if (segment.bucketId !== familyId) throw wrong(`${at}.bucketId`, familyId, segment.bucketId);
    const [firstId, count] = [countOf(segment, 'firstId', at), countOf(segment, 'count', at)];
    return { key: keyOf(segment, `series/${familyId}/`, at), bucketId: familyId, firstId, count };
  });
  return { familyId, segments };
}

function decodeBlock(json: unknown, path: string): BlockMeta {
  const members = membersOf(json, path);
  const bucketId = idOf(members, 'bucketId', path);
  const seqs = { minSeq: integerOf(members, 'minSeq', path), maxSeq: integerOf(members, 'maxSeq', path) };
  if (seqs.minSeq > seqs.maxSeq) throw wrong(`${path}.minSeq`, `at most ${seqs.maxSeq}`, seqs.minSeq);
  const [shardStart, shardEnd] = [timeOf(members, 'shardStart', path), timeOf(members, 'shardEnd', path)];
  if (BigInt(shardStart) >= BigInt(shardEnd)) throw wrong(`${path}.shardEnd`, `more than ${shardStart}`, shardEnd);
  return {
    key: keyOf(members, `blocks/${bucketId}/`, path),
    bucketId,
    shardStart,
    shardEnd,
    level: countOf(members, 'level', path),
    tables: listOf(members, 'tables', path, decodeTable),
    ...seqs,
    deletesUpTo: integerOf(members, 'deletesUpTo', path),
    minTime: timeOf(members, 'minTime', path),
    maxTime: timeOf(members, 'maxTime', path),
    rowCount: countOf(members, 'rowCount', path),
    sizeBytes: countOf(members, 'sizeBytes', path),
  };
}

function decodeTable(json: unknown, path: string): BlockMeta['tables'][number] {
  const members = membersOf(json, path);
  const fields = listOf(members, 'fields', path, (item, at): readonly [string, FieldType] => {
    const [name, type] = Array.isArray(item) ? (item as unknown[]) : [];
    const known = FIELD_TYPES.find((each) => each === type);
    if (typeof name !== 'string' || known === undefined) throw wrong(at, 'a name and a type', item);
    return [name, known];
  });
  return { measurement: textOf(members, 'measurement', path), fields };
}

function decodeDelete(json: unknown, path: string): DeleteMeta {
  const members = membersOf(json, path);
  const measurements =
    members.measurements === null
      ? null
      : listOf(members, 'measurements', path, (item, at) => textOf({ name: item }, 'name', at));
  return {
    seq: integerOf(members, 'seq', path),
    bucketId: idOf(members, 'bucketId', path),
    measurements,
    predicate: members.predicate === null ? null : decodePredicate(members.predicate, `${path}.predicate`),
    startNs: timeOf(members, 'startNs', path),
    endNs: matchOf(members, 'endNs', path, /^-?\d{1,20}$/, 'nanoseconds as a text'),
  };
}

function decodePredicate(json: unknown, path: string): TagPredicate {
  const members = membersOf(json, path);
  const op = textOf(members, 'op', path);
  switch (op) {
    case 'and':
    case 'or':
      return { op, terms: listOf(members, 'terms', path, decodePredicate) };
    case 'const':
      if (typeof members.value !== 'boolean') throw wrong(`${path}.value`, 'true or false', members.value);
      return { op, value: members.value };
    case '=':
    case '!=':
      return { op, tag: textOf(members, 'tag', path), value: textOf(members, 'value', path) };
    case '=~':
    case '!~':
      return { op, tag: textOf(members, 'tag', path), source: textOf(members, 'source', path) };
    default:
      throw wrong(`${path}.op`, 'a known operation', op);
  }
}

/** Parts of letters that every store takes, none of which leads elsewhere. */
function keyOf(members: Readonly<Record<string, unknown>>, prefix: string, path: string): string {
  const key = textOf(members, 'key', path);
  const parts = key.split('/');
  const plain = parts.every((part) => /^[A-Za-z0-9._=-]{1,255}$/.test(part) && part !== '.' && part !== '..');
  if (!plain || !key.startsWith(prefix)) throw wrong(`${path}.key`, `a key below ${prefix}`, key);
  return key;
}
