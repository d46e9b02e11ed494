// ingest: the ways in for points, besides HTTP.

// This machine's own figures
export { startHostMetrics } from './host-metrics.ts';
export type { HostMetrics, HostMetricsParts } from './host-metrics.ts';
