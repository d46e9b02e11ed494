// The HTTP server: node:http with our own routes, as body intake and streamed answers with back-pressure on the raw socket
// are the hot path. It listens from the start and answers by the node's state.
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Statistics, WeirError, isWeirError, messageOf } from '../base/index.ts';
import type { RunningQueries } from '../influxql/index.ts';
import { type AccessLog, countBody, logAccess } from './access-log.ts';
import { type AuthSettings, authenticate } from './auth/authenticate.ts';
import { userOf } from './auth/caller.ts';
import { backupRoutes } from './backup-routes.ts';
import { type NodeState, readyEngine } from './engine.ts';
import { type Exchange, openExchange, sendError } from './exchange.ts';
import { healthRoutes } from './health-route.ts';
import { httpdStatistic } from './httpd-statistic.ts';
import { ladderRoutes } from './ladder-routes.ts';
import type { Logger } from './logger.ts';
import { MemoryBudget } from './memory-budget.ts';
import { Metrics } from './metrics.ts';
import { monitorRoutes } from './monitor-routes.ts';
import { pingRoutes } from './ping-routes.ts';
import { prometheusRoutes } from './prometheus-routes.ts';
import { queryRoutes } from './query-route.ts';
import type { BodyLimits } from './request-body.ts';
import { RequestTracker } from './request-tracker.ts';
import { type Route, type RouteMatch, Router } from './router.ts';
import { statusOf } from './status-code.ts';
import { Throttle } from './throttle.ts';
import type { TlsOptions } from './tls-options.ts';
import { type UnixSocketSettings, listenOnSocket } from './unix-socket.ts';
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
  /** Connections beyond this are closed at once. */
  readonly maxConnections: number;
  /** How long a connection may stand idle between requests. */
  readonly keepAliveMs: number;
}

export interface HttpServerOptions {
  /** Empty = every address of the machine. */
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** null = plain HTTP. */
  readonly tls?: TlsOptions | null | undefined;
  /** Plain HTTP on a socket of this machine, beside the address. */
  readonly socket?: UnixSocketSettings | null | undefined;
  readonly auth: AuthSettings;
  readonly limits: HttpLimits;
  readonly state: () => NodeState;
  readonly queries: RunningQueries;
  /** Shown by /debug/vars and /metrics; gets this room's own. */
  readonly statistics: Statistics;
  readonly logger: Logger;
  /** null = requests are not logged. */
  readonly accessLog?: AccessLog | null | undefined;
  /** On every answer. */
  readonly headers?: readonly (readonly [name: string, value: string])[] | undefined;
}

export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #server: Server;
  /** Listens on the socket. */
  readonly #local: Server;
  readonly #router: Router;
  readonly #metrics: Metrics;
  readonly #tracker = new RequestTracker();
  #activeRequests = 0;
  #closing = false;

  constructor(options: HttpServerOptions) {
    this.#options = options;
    const { limits, state, queries, statistics, logger } = options;
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
      ...prometheusRoutes({ state, body, throttle, metrics }),
      ...pingRoutes(state),
      ...healthRoutes(state),
      ...backupRoutes({ state, body }),
      ...ladderRoutes({ state, body }),
      ...monitorRoutes({ metrics, statistics, tracker: this.#tracker }),
    ]);
    const settings = { keepAliveTimeout: limits.keepAliveMs, maxHeaderSize: MAX_HEADER_BYTES };
    const { tls = null } = options;
    this.#server = tls === null ? createServer(settings) : createSecureServer({ ...settings, ...tls });
    if (limits.maxConnections > 0) this.#server.maxConnections = limits.maxConnections;
    this.#local = createServer(settings);
    statistics.addStatistics(() => [
      httpdStatistic(this.address, metrics.totals, { requests: this.#activeRequests, writes: throttle.running }),
    ]);
    for (const server of [this.#server, this.#local]) {
      server.on('request', (request, response) => this.#serve(request, response, false));
      server.on('checkContinue', (request, response) => this.#serve(request, response, true));
    }
  }

  get routes(): readonly Route[] {
    return this.#router.routes;
  }

  /** `HOST:PORT` while listening. */
  get address(): string {
    const address = this.#server.address() as AddressInfo | null;
    if (address === null) return `${this.#options.host}:${this.#options.port}`;
    return address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
  }

  /** Rejects with `unavailable` when the address or the socket cannot be bound, and with `invalid` for a socket's settings. */
  async listen(): Promise<void> {
    const { host, port, socket = null } = this.#options;
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
    if (socket === null) return;
    try {
      await listenOnSocket(this.#local, socket);
    } catch (error) {
      await this.close(0);
      throw error;
    }
  }

  /** Takes no more connections, lets running requests end within `graceMs`, then cuts them off. */
  async close(graceMs: number): Promise<void> {
    this.#closing = true;
    const servers = [this.#server, this.#local];
    const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const server of servers) server.closeIdleConnections();
    const timer = setTimeout(() => {
      this.#options.queries.cancelAll(new WeirError('unavailable', 'server is shutting down'));
      for (const server of servers) server.closeAllConnections();
    }, graceMs);
    await Promise.all(closed);
    clearTimeout(timer);
  }

  #serve(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void {
    const startMs = performance.now();
    const { accessLog = null, headers = [] } = this.#options;
    const startedAt = new Date();
    const sizeBytes = accessLog === null ? null : countBody(request, response);
    for (const [name, value] of headers) response.setHeader(name, value);
    const exchange = openExchange(request, response, awaitsContinue);
    const route = this.#router.match(request.method ?? '', exchange.path);
    if (this.#closing) response.setHeader('Connection', 'close');
    this.#activeRequests++;
    response.on('close', () => {
      const durationMs = performance.now() - startMs;
      const status = this.#record(exchange, route.name, durationMs);
      if (accessLog === null || sizeBytes === null) return;
      logAccess(accessLog, exchange, { route: route.name, status, sizeBytes: sizeBytes(), startedAt, durationMs });
    });
    // A socket that breaks is told of by `close`.
    response.on('error', () => {});
    void this.#run(exchange, route);
  }

  async #run(exchange: Exchange, route: RouteMatch): Promise<void> {
    const { auth, state } = this.#options;
    try {
      exchange.caller = await authenticate(exchange, route.access, auth, () => readyEngine(state()).users);
      await route.handle(exchange);
    } catch (error) {
      this.#fail(exchange, error);
    }
  }

  #fail(exchange: Exchange, error: unknown): void {
    const { response, path, requestId } = exchange;
    const status = statusOf(error);
    if (!isWeirError(error)) this.#metrics.bug();
    if (status === 500) this.#options.logger.error({ err: error, path, requestId }, 'request failed');
    if (response.headersSent || isWeirError(error, 'canceled')) {
      response.destroy();
      return;
    }
    if (status === 401) response.setHeader('WWW-Authenticate', `Basic realm="${this.#options.auth.realm}"`);
    sendError(exchange, status, isWeirError(error) ? messageOf(error) : 'internal error');
  }

  /** Returns the status: 499 when the client did not wait for the answer. */
  #record(exchange: Exchange, route: string, durationMs: number): number {
    const { request, response, path, requestId } = exchange;
    const status = response.writableFinished ? response.statusCode : 499;
    this.#activeRequests--;
    this.#metrics.request(route, status, durationMs / 1000);
    const user = userOf(exchange.caller)?.name;
    this.#tracker.add(route, request.socket.remoteAddress ?? '', user ?? '');
    const fields = {
      method: request.method,
      path,
      status,
      durationMs: Math.round(durationMs * 1000) / 1000,
      requestId,
      ...(user === undefined ? {} : { user }),
    };
    this.#options.logger.debug(fields, 'request');
    return status;
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
