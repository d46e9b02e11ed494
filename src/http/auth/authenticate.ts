// Finds out who sends a request, before its route hears of it.
import { WeirError } from '../../base/index.ts';
import type { Catalog, User } from '../../catalog/index.ts';
import type { Exchange } from '../exchange.ts';
import type { Access } from '../router.ts';
import { type Caller, isAdmin } from './caller.ts';
import { readCredentials } from './credentials.ts';
import { readWebToken } from './json-web-token.ts';

export interface AuthSettings {
  /** Without it, everybody is trusted and the rest has no effect. */
  readonly enabled: boolean;
  /** Of Bearer tokens; empty = they are refused. */
  readonly sharedSecret: string;
  /** Whether `ping` routes are for users only. */
  readonly pingEnabled: boolean;
  /** Whether `debug` routes are for administrators only. */
  readonly debugEnabled: boolean;
  /** Told to clients that must name themselves. */
  readonly realm: string;
}

export const NO_AUTHENTICATION: AuthSettings = {
  enabled: false,
  sharedSecret: '',
  pingEnabled: false,
  debugEnabled: false,
  realm: '',
};

/** What of the catalog this needs. */
export type UserDirectory = Pick<Catalog, 'users' | 'user' | 'hasAdmin' | 'authenticate'>;

/**
 * Who sends the request, for a route with that access. Rejects with `unauthorized`, `forbidden` (not an administrator) or what
 * `users` throws, with InfluxDB's texts. As in InfluxDB, nobody needs credentials before there is an administrator; routes
 * refuse such callers.
 */
export async function authenticate(
  exchange: Exchange,
  access: Access,
  settings: AuthSettings,
  users: () => UserDirectory,
): Promise<Caller> {
  if (!settings.enabled) return 'trusted';
  const needed = neededAccess(access, settings);
  if (needed === 'open') return 'unknown';
  const directory = users();
  const caller = directory.hasAdmin() ? await userOfRequest(exchange, settings, directory) : 'unknown';
  if (needed === 'admin' && !isAdmin(caller)) throw new WeirError('forbidden', 'error authorizing admin access');
  return caller;
}

function neededAccess(access: Access, settings: AuthSettings): 'open' | 'user' | 'admin' {
  switch (access) {
    case 'open':
    case 'user':
      return access;
    case 'ping':
      return settings.pingEnabled ? 'user' : 'open';
    case 'debug':
      return settings.debugEnabled ? 'admin' : 'open';
    case 'admin':
      return 'admin';
  }
}

async function userOfRequest(exchange: Exchange, settings: AuthSettings, users: UserDirectory): Promise<User> {
  const credentials = readCredentials(exchange);
  if (credentials === null) throw unauthorized('unable to parse authentication credentials');
  if (credentials.kind === 'password') {
    if (credentials.name === '') throw unauthorized('username required');
    return users.authenticate(credentials.name, credentials.password);
  }
  if (settings.sharedSecret === '') throw unauthorized('bearer auth disabled');
  const name = readWebToken(credentials.token, settings.sharedSecret, Math.floor(Date.now() / 1000));
  const user = users.user(name);
  if (user === undefined) throw unauthorized('user not found');
  return user;
}

function unauthorized(text: string): WeirError {
  return new WeirError('unauthorized', text);
}
