// ingest: the ways in for points, besides HTTP.

// This machine's own figures
export { startHostMetrics } from './host-metrics.ts';
export type { HostMetrics, HostMetricsParts } from './host-metrics.ts';

// Listeners for other protocols
export { openCollectdListener } from './collectd/collectd-listener.ts';
export type { CollectdOptions } from './collectd/collectd-listener.ts';
export { openGraphiteListener } from './graphite/graphite-listener.ts';
export type { GraphiteOptions } from './graphite/graphite-listener.ts';
export { openOpentsdbListener } from './opentsdb/opentsdb-listener.ts';
export type { OpentsdbOptions } from './opentsdb/opentsdb-listener.ts';
export { openUdpListener } from './udp-listener.ts';
export type { UdpListenerOptions } from './udp-listener.ts';
export type {
  Batching,
  Bind,
  Lines,
  Listener,
  ListenerParts,
  StoreLines,
  StoreOutcome,
} from './listener.ts';

// Prometheus' messages
export { WriteRequestReader } from './prometheus/write-request.ts';
export type { PrometheusLines } from './prometheus/write-request.ts';
export { ReadResponse, readReadRequest } from './prometheus/read-messages.ts';
export type { LabelMatcher, PrometheusQuery } from './prometheus/read-messages.ts';

// Names
export { linePrefix } from './line-text.ts';
export { applyTemplate, parseTemplate } from './graphite/template.ts';
export type { PathMeaning } from './graphite/template.ts';
export { TemplateTree } from './graphite/template-tree.ts';
