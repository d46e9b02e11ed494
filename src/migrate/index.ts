// migrate: what other databases left on disk, read as points.

// InfluxDB 1.x: meta.db, TSM files, tombstones, WAL
export { importInfluxdb } from './influxdb/import.ts';
export type { ImportOptions, ImportProgress } from './influxdb/import.ts';
export { reportText } from './influxdb/import-report.ts';
export type { ImportReport, PolicyReport } from './influxdb/import-report.ts';
export type { InfluxDirectories } from './influxdb/directory.ts';

// RRD and Whisper files
export { NameCheck, importArchives } from './archives/import-archives.ts';
export type { ArchiveReport, ArchiveSource, ArchiveTarget } from './archives/import-archives.ts';
export { type NameOf, collectdName, namesByTemplate } from './archives/archive-names.ts';
export { stepsOf } from './archives/archive-steps.ts';
export type { ArchiveFile } from './archives/archive-file.ts';
export { readRrd } from './rrd/read-rrd.ts';
export { readWhisper } from './whisper/read-whisper.ts';
export { exportWhisper } from './whisper/export-whisper.ts';
export type { WhisperExport, WhisperExportReport } from './whisper/export-whisper.ts';
export type { Aggregation } from './whisper/whisper-format.ts';

// Where to
export { engineTarget } from './influxdb/engine-target.ts';
export { serverTarget } from './influxdb/server-target.ts';
export type { ServerAddress } from './influxdb/server-target.ts';
export type { ImportTarget } from './influxdb/import-target.ts';
