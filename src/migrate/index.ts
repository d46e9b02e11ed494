// migrate: what other databases left on disk, read as points.

// InfluxDB 1.x: meta.db, TSM files, tombstones, WAL
export { importInfluxdb } from './influxdb/import.ts';
export type { ImportOptions, ImportProgress } from './influxdb/import.ts';
export { reportText } from './influxdb/import-report.ts';
export type { ImportReport, PolicyReport } from './influxdb/import-report.ts';
export type { InfluxDirectories } from './influxdb/directory.ts';

// Where to
export { engineTarget } from './influxdb/engine-target.ts';
export { serverTarget } from './influxdb/server-target.ts';
export type { ServerAddress } from './influxdb/server-target.ts';
export type { ImportTarget } from './influxdb/import-target.ts';
