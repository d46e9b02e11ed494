// What the settings say of who may come to HTTP, and how, in the words of the http room.
import { type HttpServerOptions, loadTls } from '../http/index.ts';
import type { Settings } from './settings.ts';

/** Rejects with `invalid`, naming the setting and the file, for certificates and keys that cannot be used. */
export async function httpAccess({ http, tls }: Settings): Promise<Pick<HttpServerOptions, 'tls' | 'socket' | 'auth'>> {
  return {
    tls: http['https-enabled']
      ? await loadTls({
          certificateFile: http['https-certificate'],
          privateKeyFile: http['https-private-key'],
          minVersion: tls['min-version'],
          maxVersion: tls['max-version'],
          ciphers: tls.ciphers,
        })
      : null,
    socket: http['unix-socket-enabled']
      ? {
          path: http['bind-socket'],
          permissions: http['unix-socket-permissions'],
          group: http['unix-socket-group'],
        }
      : null,
    auth: {
      enabled: http['auth-enabled'],
      sharedSecret: http['shared-secret'],
      pingEnabled: http['ping-auth-enabled'],
      debugEnabled: http['pprof-auth-enabled'],
      realm: http.realm,
    },
  };
}
