// http: the server and its routes: InfluxDB 1.x writes and queries, health, metrics.

export { HttpServer } from './server.ts';
export { INFLUXDB_VERSION } from './exchange.ts';
export type { HttpLimits, HttpServerOptions } from './server.ts';
export { createAccept } from './accept.ts';
export type { AcceptLines, AcceptOutcome, AcceptParts, LinesRequest } from './accept.ts';
export type { Engine, NodeState, QueryRequest } from './engine.ts';
export type { LogFields, Logger } from './logger.ts';

// Who may come, and how
export type { AuthSettings, UserDirectory } from './auth/authenticate.ts';
export { loadTls } from './tls-options.ts';
export type { TlsOptions, TlsSettings } from './tls-options.ts';
export type { UnixSocketSettings } from './unix-socket.ts';
