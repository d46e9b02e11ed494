// Where a server is: `host:port/path`, as the 1.x shell reads it.
import { WeirError } from '../../base/index.ts';

const DEFAULT_PORT = 8086;

export interface ServerAddress {
  readonly protocol: 'http:' | 'https:';
  readonly host: string;
  readonly port: number;
  /** In front of `/query` and `/write`: empty or `/prefix`. */
  readonly path: string;
}

/** The port may be left out. Throws `invalid` for a port that is no number. */
export function parseServerAddress(text: string, ssl: boolean): ServerAddress {
  const protocol = ssl ? 'https:' : 'http:';
  const match = /^(\[[^\]]*\]|[^:/]*)(?::([^/]*))?(?:\/(.*))?$/.exec(text);
  if (match === null) return { protocol, host: text, port: DEFAULT_PORT, path: '' };
  const [, host, port, path = ''] = match;
  return {
    protocol,
    host: host === '' ? 'localhost' : host.replace(/^\[|\]$/g, ''),
    port: port === undefined ? DEFAULT_PORT : parsePort(port, text),
    path: path.replace(/\/+$/, '') === '' ? '' : `/${path.replace(/^\/+|\/+$/g, '')}`,
  };
}

/** `http://localhost:8086/prefix`; the protocol's own port is not shown. */
export function printServerAddress({ protocol, host, port, path }: ServerAddress): string {
  const shownHost = host.includes(':') ? `[${host}]` : host;
  const isUsualPort = port === (protocol === 'https:' ? 443 : 80);
  return `${protocol}//${shownHost}${isUsualPort ? '' : `:${port}`}${path}`;
}

function parsePort(port: string, address: string): number {
  const number = Number(port);
  if (/^\d+$/.test(port) && number < 65536) return number;
  throw new WeirError(
    'invalid',
    `invalid port number ${JSON.stringify(address)}: ${JSON.stringify(port)} is not a port`,
  );
}
