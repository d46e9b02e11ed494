// Restores into a running server, over HTTP.
import { type ExistingDatabase, type RestoreOutcome, type RestoreTarget, encodeRequest } from '../../backup/index.ts';
import type { ServerClient } from './server-client.ts';

export function httpRestores(client: ServerClient): RestoreTarget {
  return {
    async existing() {
      const answer = await client.json<{ readonly databases: ExistingDatabase[] }>('GET', '/restore/existing', {});
      return answer.databases;
    },
    async open(request) {
      const body = Buffer.from(JSON.stringify(encodeRequest(request)));
      return (await client.json<{ readonly id: string }>('POST', '/restore/open', {}, body)).id;
    },
    async append(id, key, offset, bytes) {
      await client.json('POST', '/restore/append', { id, key, offset: `${offset}` }, bytes);
    },
    commit: (id) => client.json<RestoreOutcome>('POST', '/restore/commit', { id }),
    async abort(id) {
      await client.json('POST', '/restore/abort', { id });
    },
  };
}
