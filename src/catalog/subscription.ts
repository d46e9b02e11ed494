// A subscription as a value: which destinations InfluxDB takes, and how it is stored.
import { WeirError } from '../base/index.ts';
import type { Subscription } from './catalog.ts';
import { fieldsOf, listOf, textOf, wrong } from './json.ts';

// `scheme://[user[:password]@]host:port[/…]`; the host may be an IPv6 address in brackets, or missing for the own machine.
const DESTINATION = /^(?:udp|http|https):\/\/(?:[^\s/?#@]*@)?(?:\[[\w:.%-]+\]|[^\s/?#@:[\]]*):(\d{1,5})(?:[/?#]\S*)?$/i;
const MAX_PORT = 65_535;

/** Throws `invalid` with InfluxDB's text. */
export function checkDestination(url: string): void {
  const port = DESTINATION.exec(url)?.[1];
  if (port === undefined || Number(port) > MAX_PORT) {
    throw new WeirError('invalid', `invalid subscription URL: ${url}`);
  }
}

export function newSubscription({ name, mode, destinations }: Subscription): Subscription {
  return Object.freeze({ name, mode, destinations: Object.freeze([...destinations]) });
}

export function decodeSubscription(json: unknown): Subscription {
  const fields = fieldsOf(json, 'subscription');
  const mode = textOf(fields, 'mode');
  if (mode !== 'ALL' && mode !== 'ANY') throw wrong('mode', 'ALL or ANY', mode);
  const destinations = listOf(fields, 'destinations', (item) => {
    if (typeof item !== 'string') throw wrong('destinations', 'strings', item);
    return item;
  });
  return newSubscription({ name: textOf(fields, 'name'), mode, destinations });
}
