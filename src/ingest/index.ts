// ingest: the ways in for points.

export type { AcceptLines, AcceptOutcome, LinePrecision, LinesRequest } from './accept.ts';
