// The backups of a running server, over HTTP.
import type { IncomingMessage } from 'node:http';
import {
  type BackupSource,
  type FetchedObject,
  type OpenedBackup,
  type Selection,
  decodeContents,
} from '../../backup/index.ts';
import { WeirError } from '../../base/index.ts';
import type { ServerClient } from './server-client.ts';

const SHA256_BYTES = 32;

export function httpBackups(client: ServerClient): BackupSource {
  return {
    async open({ database, policy, sinceNs: since }: Selection): Promise<OpenedBackup> {
      const parameters = { database, policy, since };
      const { id, contents } = await client.json<{ readonly id: string; readonly contents: unknown }>(
        'POST',
        '/backup/open',
        parameters,
      );
      return { id, contents: decodeContents(contents, 'contents') };
    },
    async fetch(id, key) {
      const response = await client.request('GET', '/backup/object', { id, key });
      const sizeBytes = Number(response.headers['content-length']) - SHA256_BYTES;
      if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 0)
        throw new WeirError('unavailable', `object ${key} comes without its length`);
      return { sizeBytes, ...splitEnd(response, key, sizeBytes) };
    },
    async close(id) {
      await client.json('POST', '/backup/close', { id });
    },
  };
}

/** The object's bytes, and after them the SHA-256 that the server has found. */
function splitEnd(response: IncomingMessage, key: string, sizeBytes: number): Pick<FetchedObject, 'chunks' | 'sha256'> {
  const end: Buffer[] = [];
  async function* chunks(): AsyncGenerator<Uint8Array> {
    let at = 0;
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        const own = chunk.subarray(0, Math.max(sizeBytes - at, 0));
        if (own.length < chunk.length) end.push(chunk.subarray(own.length));
        at += chunk.length;
        if (own.length > 0) yield own;
      }
    } catch (error) {
      throw new WeirError('unavailable', `the connection broke at byte ${at} of object ${key}`, error);
    }
    if (at !== sizeBytes + SHA256_BYTES)
      throw new WeirError('unavailable', `the connection ended at byte ${at} of object ${key}`);
  }
  return { chunks: chunks(), sha256: () => Buffer.concat(end).toString('hex') };
}
