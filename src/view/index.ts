// view: everything derived from a log: memtable, blocks, manifest, series index; and snapshots to read it by.

export type {
  BlockSource,
  DerivedColumn,
  WholeColumn,
  JoinedState,
  MemtableColumn,
  MemtableDelete,
  MemtableSource,
  SeriesDelete,
  StateFields,
  TableSnapshot,
  TableSource,
} from './table-snapshot.ts';
export type { ExpectedPoints, Snapshot, StateColumns } from './snapshot.ts';
export type { OpenTableReader, ReadFigures, SeriesFieldStats, TableReader } from './table-reader.ts';
export { takeRows } from './prepare-write.ts';
export type { DeleteRequest, Dropped, ViewDoor, ViewStatus, WriteOutcome, WriteTotals } from './view-door.ts';
export type { SeriesAdmission, SeriesLimits } from './series-limits.ts';
export type { BucketFigures, ShardFigures } from './figures.ts';
export type { AdoptRequest } from './adopt.ts';
export type { Capture, CapturedBucket, CapturedFamily } from './capture.ts';
export type { BlockMeta, BlockTableMeta, DeleteMeta, SeriesSegmentMeta } from './manifest.ts';
export { openView } from './view.ts';
export type { StoreLocation, ViewOptions } from './view-settings.ts';
export type { AppliedChange, OnChange, OnViewEvent, ViewEvent } from './view-events.ts';
export { openTableReader, setPageCacheBytes } from './open-table-reader.ts';
export { derivedType } from './derived-reader.ts';
