// The credentials of a request, in the order in which InfluxDB looks for them:
//
//     ?u=name&p=password                         in the URL; both, and neither empty
//     Authorization: Bearer TOKEN
//     Authorization: Token name:password
//     Authorization: Basic base64(name:password)
import type { Exchange } from '../exchange.ts';
import { headerText } from '../exchange.ts';

export type Credentials =
  | { readonly kind: 'password'; readonly name: string; readonly password: string }
  | { readonly kind: 'bearer'; readonly token: string };

/** null when there are none, or none that can be understood. */
export function readCredentials({ request, parameters }: Pick<Exchange, 'request' | 'parameters'>): Credentials | null {
  const name = parameters.get('u') ?? '';
  const password = parameters.get('p') ?? '';
  if (name !== '' && password !== '') return { kind: 'password', name, password };
  return readHeader(headerText(request, 'authorization'));
}

function readHeader(header: string): Credentials | null {
  const [scheme, value, more] = header.split(' ');
  if (value === undefined || more !== undefined) return null;
  if (scheme === 'Bearer') return { kind: 'bearer', token: value };
  // Node reads headers as Latin-1.
  const token = scheme === 'Token' ? namePassword(Buffer.from(value, 'latin1')) : null;
  if (token !== null) return token;
  return scheme.toLowerCase() === 'basic' && isBase64(value) ? namePassword(Buffer.from(value, 'base64')) : null;
}

function namePassword(bytes: Buffer): Credentials | null {
  const text = bytes.toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? null : { kind: 'password', name: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** With its padding, as Go's decoder wants it; Node's reads past anything. */
function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
