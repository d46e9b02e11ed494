// model: points, series, fields, times, durations, buckets. The words of DESIGN §1 as types.

// Fields and times
export { FIELD_TYPES, dominantType, fieldTypeCode, isNumeric } from './field-type.ts';
export type { FieldType } from './field-type.ts';
export { ALL_TIME, MAX_CHUNK_SPAN_NS, MAX_TIME_NS, MIN_TIME_NS, floorDiv, intersectRange } from './time.ts';
export type { TimeRange } from './time.ts';
export {
  DAY,
  HOUR,
  MICROSECOND,
  MILLISECOND,
  MINUTE,
  NANOSECOND,
  SECOND,
  WEEK,
  formatDuration,
  formatGoDuration,
  parseDuration,
} from './duration.ts';

// Time zones
export { isTimeZone, utcOffsetSeconds, wallTimeToUtc } from './time-zone.ts';

// Buckets
export { defaultShardDuration, shardRange, tierShardDuration } from './bucket.ts';
export type { Bucket } from './bucket.ts';

// Series
export { SeriesTable } from './series-table.ts';
export { KeyArena, equalBytes } from './key-arena.ts';
export { hashKey } from './key-hash.ts';
export { decodeMeasurement, encodeSeriesKey, parseSeriesKey } from './series-key.ts';
export type { SeriesKey, Tag } from './series-key.ts';
export { matchesTagValue, matchesTags } from './tag-predicate.ts';
export type { TagComparison, TagPredicate } from './tag-predicate.ts';

// Columns of points
export type { BatchColumn, MeasurementBatch, PointBatch, StringColumn } from './batch.ts';
export { chunkTime } from './chunk.ts';
export type { ChunkColumn, ColumnValues, SeriesChunk } from './chunk.ts';

// Ladders
export type {
  BaseSpec,
  Ladder,
  LadderRule,
  LadderSpec,
  LadderTier,
  NamePattern,
  OptionalState,
  RuleSpec,
  StateRule,
  TierSpec,
} from './ladder.ts';
