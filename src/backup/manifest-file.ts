// `manifest.json` of a backup: one file that a person can read and that proves itself and every object.
//
//     { "kind": "weir backup", "format": 1, "sha256": …, "contents": { …, "objects": { key: { sizeBytes, sha256, pieces } } } }
//                                             └── of the contents, written as JSON without white space
import { createHash } from 'node:crypto';
import { WeirError, isWeirError, messageOf } from '../base/index.ts';
import { type Contents, decodeContents, encodeContents, objectKeys } from './contents.ts';
import type { Digest } from './digest.ts';
import { countOf, matchOf, membersOf } from './json-check.ts';

export const MANIFEST_NAME = 'manifest.json';

export interface BackupManifest {
  readonly contents: Contents;
  /** By key. */
  readonly objects: ReadonlyMap<string, Digest>;
}

export function encodeManifest({ contents, objects }: BackupManifest): string {
  const body = { ...encodeContents(contents), objects: Object.fromEntries(objects) };
  const sha256 = sha256Of(body);
  return `${JSON.stringify({ kind: 'weir backup', format: 1, sha256, contents: body }, null, 1)}\n`;
}

/** `path` names the file in errors. Throws `corrupt` for what is damaged, `invalid` for what is no backup of this format. */
export function decodeManifest(text: string, path: string): BackupManifest {
  let file: {
    readonly kind?: unknown;
    readonly format?: unknown;
    readonly sha256?: unknown;
    readonly contents?: unknown;
  };
  try {
    file = JSON.parse(text) as typeof file;
  } catch (error) {
    throw new WeirError('corrupt', `${path} is damaged: ${messageOf(error)}`, error);
  }
  if (typeof file !== 'object' || file === null || file.kind !== 'weir backup')
    throw new WeirError('invalid', `${path} is not a backup of Weir`);
  if (file.format !== 1) throw new WeirError('invalid', `${path} has format ${String(file.format)}, this Weir knows 1`);
  if (file.sha256 !== sha256Of(file.contents))
    throw new WeirError('corrupt', `${path} is damaged: its contents do not have the SHA-256 that it names`);
  try {
    const contents = decodeContents(file.contents, 'contents');
    const entries = Object.entries(membersOf(membersOf(file.contents, 'contents').objects, 'contents.objects'));
    const objects = new Map(entries.map(([key, json]) => [key, decodeDigest(json, `contents.objects.${key}`)]));
    for (const key of objectKeys(contents)) {
      if (!objects.has(key)) throw new WeirError('invalid', `contents.objects: nothing about ${key}`);
    }
    return { contents, objects };
  } catch (error) {
    if (!isWeirError(error)) throw error;
    throw new WeirError('corrupt', `${path} is damaged: ${error.message}`, error);
  }
}

export function decodeDigest(json: unknown, path: string): Digest {
  const members = membersOf(json, path);
  return {
    sizeBytes: countOf(members, 'sizeBytes', path),
    sha256: matchOf(members, 'sha256', path, /^[0-9a-f]{64}$/, '64 hexadecimal digits'),
    pieces: matchOf(members, 'pieces', path, /^(?:[0-9a-f]{8})*$/, 'hexadecimal digits'),
  };
}

function sha256Of(body: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(body ?? null))
    .digest('hex');
}
