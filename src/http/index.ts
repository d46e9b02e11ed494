// http: the server and its routes: InfluxDB 1.x writes and queries, health, metrics.

export { HttpServer } from './server.ts';
export { INFLUXDB_VERSION } from './exchange.ts';
export type { HttpLimits, HttpServerOptions } from './server.ts';
export { parseStatusFilter } from './access-log.ts';
export type { AccessLog, StatusFilter } from './access-log.ts';
export { createAccept } from './accept.ts';
export type { AcceptLines, AcceptOutcome, AcceptParts, LinesRequest } from './accept.ts';
export type { Engine, NodeState, QueryRequest } from './engine.ts';
export type { LogFields, Logger } from './logger.ts';

// HTTPS
export { loadTls } from './tls-options.ts';
