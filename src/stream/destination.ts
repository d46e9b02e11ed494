// Where lines are sent to.
import { WeirError } from '../base/index.ts';
import type { ForwardBatch } from './forward-batch.ts';
import { type HttpSettings, openHttpDestination } from './http-destination.ts';
import { openUdpDestination } from './udp-destination.ts';

export interface Destination {
  /** Resolves when it has the points: over HTTP when it says so, over UDP when they are sent. Rejects with the reason. */
  send(batch: ForwardBatch): Promise<void>;
  close(): void;
}

export interface DestinationTarget {
  readonly database: string;
  readonly policy: string;
}

/** Throws `invalid` for a URL that is none. */
export function openDestination(url: string, target: DestinationTarget, settings: HttpSettings): Destination {
  const parsed = parseDestination(url);
  switch (parsed.protocol) {
    case 'udp:':
      return openUdpDestination(parsed.hostname.replace(/^\[|\]$/g, ''), Number(parsed.port));
    case 'http:':
    case 'https:':
      return openHttpDestination(parsed, target, settings);
    default:
      throw new WeirError('invalid', `unknown destination scheme ${parsed.protocol.slice(0, -1)}`);
  }
}

/** A host that is missing is this machine. */
function parseDestination(url: string): URL {
  const whole = url.replace(/^(\w+:\/\/(?:[^/?#@]*@)?)(?=:\d)/, '$1localhost');
  if (!URL.canParse(whole)) throw new WeirError('invalid', `failed to parse destination: ${withoutPassword(url)}`);
  return new URL(whole);
}

/** A destination as it may be shown. */
export function withoutPassword(url: string): string {
  return url.replace(/^(\w+:\/\/[^:@/?#]*:)[^@/?#]*(?=@)/, '$1[REDACTED]');
}
