// /ping and its old name /status: is anybody there, and which version.
import { INFLUXDB_VERSION, type Exchange, send, sendNothing } from './exchange.ts';
import type { Route } from './router.ts';

export function pingRoutes(): readonly Route[] {
  return [
    { name: 'ping', path: '/ping', methods: ['GET', 'HEAD'], handle: ping },
    { name: 'ping', path: '/status', methods: ['GET', 'HEAD'], handle: sendNothing },
  ];
}

function ping(exchange: Exchange): void {
  const verbose = exchange.parameters.get('verbose') ?? '';
  if (['', '0', 'false'].includes(verbose)) sendNothing(exchange);
  else send(exchange, 200, 'application/json', JSON.stringify({ version: INFLUXDB_VERSION }));
}
