// The HTTP server: node:http with our own routes, as body intake and streamed answers with back-pressure on the raw socket
// are the hot path. It listens from the start and answers by the node's state.
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WeirError, isWeirError, messageOf } from '../base/index.ts';
import type { RunningQueries } from '../influxql/index.ts';
import type { NodeState } from './engine.ts';
import { type Exchange, openExchange, sendError } from './exchange.ts';
import { healthRoutes } from './health-route.ts';
import type { Logger } from './logger.ts';
import { MemoryBudget } from './memory-budget.ts';
import { Metrics } from './metrics.ts';
import { monitorRoutes } from './monitor-routes.ts';
import { pingRoutes } from './ping-routes.ts';
import { queryRoutes } from './query-route.ts';
import type { BodyLimits } from './request-body.ts';
import { Router } from './router.ts';
import { statusOf } from './status-code.ts';
import { Throttle } from './throttle.ts';
import { writeRoutes } from './write-route.ts';

/** As in Go: a query may stand in the URL. */
const MAX_HEADER_BYTES = 1024 * 1024;

/** 0 = no limit, throughout. */
export interface HttpLimits {
  readonly maxBodyBytes: number;
  /** Of all requests together. */
  readonly maxHeldBodyBytes: number;
  readonly maxConcurrentWrites: number;
  readonly maxWaitingWrites: number;
  readonly writeWaitMs: number;
  readonly maxRowLimit: number;
  /** How long a connection may stand idle between requests. */
  readonly keepAliveMs: number;
}

export interface HttpServerOptions {
  /** Empty = every address of the machine. */
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  readonly limits: HttpLimits;
  readonly state: () => NodeState;
  readonly queries: RunningQueries;
  readonly logger: Logger;
}

export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #server: Server;
  readonly #router: Router;
  readonly #metrics: Metrics;
  #closing = false;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    const { limits, state, queries, logger } = options;
    const body: BodyLimits = { maxBytes: limits.maxBodyBytes, budget: new MemoryBudget(limits.maxHeldBodyBytes) };
    const throttle = new Throttle({
      concurrent: limits.maxConcurrentWrites,
      waiting: limits.maxWaitingWrites,
      waitMs: limits.writeWaitMs,
    });
    const metrics = new Metrics({
      status: () => statusOfView(state()),
      activeQueries: () => queries.active,
      activeWrites: () => throttle.running,
      waitingWrites: () => throttle.waiting,
      heldBodyBytes: () => body.budget.usedBytes,
    });
    this.#metrics = metrics;
    this.#router = new Router([
      ...writeRoutes({ state, body, throttle, metrics }),
      ...queryRoutes({ state, body, queries, metrics, logger, maxRowLimit: limits.maxRowLimit }),
      ...pingRoutes(state),
      ...healthRoutes(state),
      ...monitorRoutes({ state, metrics, activeQueries: () => queries.active, bind: () => this.address }),
    ]);
    this.#server = createServer({ keepAliveTimeout: limits.keepAliveMs, maxHeaderSize: MAX_HEADER_BYTES });
    this.#server.on('request', (request, response) => this.#serve(request, response, false));
    this.#server.on('checkContinue', (request, response) => this.#serve(request, response, true));
  }

  /** `HOST:PORT` while listening. */
  get address(): string {
    const address = this.#server.address() as AddressInfo | null;
    if (address === null) return `${this.#options.host}:${this.#options.port}`;
    return address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
  }

  /** Rejects with `unavailable` when the address cannot be bound. */
  async listen(): Promise<void> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error): void => {
        reject(new WeirError('unavailable', `cannot listen on ${host}:${port}: ${bindFault(error)}`, error));
      };
      this.#server.once('error', fail);
      this.#server.listen({ host: host === '' ? undefined : host, port }, () => {
        this.#server.off('error', fail);
        resolve();
      });
    });
  }

  /** Takes no more connections, lets running requests end within `graceMs`, then cuts them off. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => {
      this.#options.queries.cancelAll(new WeirError('unavailable', 'server is shutting down'));
      this.#server.closeAllConnections();
    }, graceMs);
    await closed;
    clearTimeout(timer);
  }

  #serve(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void {
    const startMs = performance.now();
    const exchange = openExchange(request, response, awaitsContinue);
    const route = this.#router.match(request.method ?? '', exchange.path);
    if (this.#closing) response.setHeader('Connection', 'close');
    response.on('close', () => this.#record(exchange, route.name, performance.now() - startMs));
    // A socket that breaks is told of by `close`.
    response.on('error', () => {});
    void this.#run(exchange, route.handle);
  }

  async #run(exchange: Exchange, handle: (exchange: Exchange) => Promise<void> | void): Promise<void> {
    try {
      await handle(exchange);
    } catch (error) {
      this.#fail(exchange, error);
    }
  }

  #fail(exchange: Exchange, error: unknown): void {
    const { response, path, requestId } = exchange;
    const status = statusOf(error);
    if (status === 500) this.#options.logger.error({ err: error, path, requestId }, 'request failed');
    if (response.headersSent || isWeirError(error, 'canceled')) response.destroy();
    else sendError(exchange, status, isWeirError(error) ? messageOf(error) : 'internal error');
  }

  #record(exchange: Exchange, route: string, durationMs: number): void {
    const { request, response, path, requestId } = exchange;
    const status = response.writableFinished ? response.statusCode : 499;
    this.#metrics.request(route, status, durationMs / 1000);
    const fields = {
      method: request.method,
      path,
      status,
      durationMs: Math.round(durationMs * 1000) / 1000,
      requestId,
    };
    this.#options.logger.debug(fields, 'request');
  }
}

function statusOfView(
  state: NodeState,
): ReturnType<Extract<NodeState, { phase: 'ready' }>['engine']['status']> | undefined {
  return state.phase === 'ready' ? state.engine.status() : undefined;
}

function bindFault(error: Error): string {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'another program listens there';
  return code === 'EACCES' ? 'not permitted' : error.message;
}
