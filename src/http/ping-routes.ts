// /ping and its old name /status: whether the server answers, and which version it is. InfluxDB opens its port only when it is
// ready, and scripts wait for a ping before they begin: so a server that still starts answers 503.
import { type NodeState, readyEngine } from './engine.ts';
import { type Exchange, INFLUXDB_VERSION, send, sendNothing } from './exchange.ts';
import type { Route } from './router.ts';

export function pingRoutes(state: () => NodeState): readonly Route[] {
  return [
    {
      name: 'ping',
      path: '/ping',
      methods: ['GET', 'HEAD'],
      access: 'ping',
      handle: (exchange) => {
        readyEngine(state());
        ping(exchange);
      },
    },
    {
      name: 'status',
      path: '/status',
      methods: ['GET', 'HEAD'],
      access: 'ping',
      handle: (exchange) => {
        readyEngine(state());
        sendNothing(exchange);
      },
    },
  ];
}

function ping(exchange: Exchange): void {
  const verbose = exchange.parameters.get('verbose') ?? '';
  if (['', '0', 'false'].includes(verbose)) sendNothing(exchange);
  else send(exchange, 200, 'application/json', JSON.stringify({ version: INFLUXDB_VERSION }));
}
