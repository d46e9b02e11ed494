// block: Weir's block, an ordinary Parquet file with a series index inside. Used by `view` only.

// Writing
export { BlockWriter } from './block-writer.ts';
export { ScaleSearch } from './decimal.ts';
export { MAX_GROUP_ROWS } from './group-pool.ts';
export type { BlockField, BlockInfo, BlockSchema, RowGroup, RowGroupColumn } from './row-group.ts';

// Reading
export { fileBlock, memoryBlock } from './block-file.ts';
export type { BlockFile } from './block-file.ts';
export { Block, openBlock } from './block.ts';
export type { BlockMeasurement, PageText, PageTimes } from './block.ts';
export type { PageFieldStats, RunFieldStats } from './stats-reader.ts';
