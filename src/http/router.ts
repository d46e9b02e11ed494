// Paths to handlers. Few and fixed, so a map of exact paths; what a path does not offer is answered as InfluxDB does.
import type { Exchange } from './exchange.ts';
import { send } from './exchange.ts';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
export type Handler = (exchange: Exchange) => Promise<void> | void;

/**
 * Who may come to a route while authentication is on. Its handler then asks for rights by `authorizeRead`, `authorizeWrite` or
 * `authorizeStatements`.
 *
 * - `open`: everybody
 * - `ping`, `debug`: everybody, unless `http.ping-auth-enabled` wants a user or `http.pprof-auth-enabled` an administrator
 * - `user`: every user
 * - `admin`: administrators
 */
export type Access = 'open' | 'ping' | 'debug' | 'user' | 'admin';

export interface Route {
  /** Label in metrics and logs. */
  readonly name: string;
  readonly path: string;
  readonly methods: readonly Method[];
  readonly access: Access;
  readonly handle: Handler;
}

export interface RouteMatch {
  readonly name: string;
  readonly access: Access;
  readonly handle: Handler;
}

export class Router {
  readonly #routes = new Map<string, Route[]>();
  readonly routes: readonly Route[];

  constructor(routes: readonly Route[]) {
    this.routes = routes;
    for (const route of routes) {
      const known = this.#routes.get(route.path);
      if (known === undefined) this.#routes.set(route.path, [route]);
      else known.push(route);
    }
  }

  /** Always finds something: 404, 405 and the empty answer to OPTIONS are handlers as well. */
  match(method: string, path: string): RouteMatch {
    const routes = this.#routes.get(path);
    if (routes === undefined) return NOT_FOUND;
    const route = routes.find((each) => each.methods.some((offered) => offered === method));
    if (route !== undefined) return route;
    if (method === 'OPTIONS') return OPTIONS;
    return methodNotAllowed(routes.flatMap((each) => each.methods));
  }
}

const NOT_FOUND: RouteMatch = {
  name: 'other',
  access: 'open',
  handle: (exchange) => sendText(exchange, 404, '404 page not found'),
};

/** CORS headers are set already. */
const OPTIONS: RouteMatch = {
  name: 'options',
  access: 'open',
  handle: (exchange) => send(exchange, 200, 'text/plain; charset=utf-8', ''),
};

function methodNotAllowed(methods: readonly Method[]): RouteMatch {
  return {
    name: 'other',
    access: 'open',
    handle: (exchange) => {
      exchange.response.setHeader('Allow', ['OPTIONS', ...methods].join(', '));
      sendText(exchange, 405, 'Method Not Allowed');
    },
  };
}

function sendText(exchange: Exchange, status: number, text: string): void {
  exchange.response.setHeader('X-Content-Type-Options', 'nosniff');
  send(exchange, status, 'text/plain; charset=utf-8', `${text}\n`);
}
