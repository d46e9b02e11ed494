// Cells are what base calls give before filling and transforming: one for each group and window.
//
//     level    calls that need the same windows (a transformation that looks back needs one window more)
//     block    some groups over some windows: index of a cell = group * windowCount + window, windows ascending in time
import type { AggregateColumn } from '../../exec/index.ts';
import type { TimeRange } from '../../model/index.ts';
import type { Reference } from '../language/ast.ts';
import type { GapRule } from './gap-rule.ts';
import type { BaseCall } from './output-plan.ts';
import type { Column, Group } from './rows.ts';
import type { WindowList } from './windows.ts';

/** A base call of one field; calls that differ only in what is done with their cells share one. */
export interface CellRequest {
  readonly base: BaseCall;
  readonly reference: Reference;
}

export interface Level {
  readonly requests: readonly CellRequest[];
  /** What is read. */
  readonly range: TimeRange;
  /** null = one window, the range. */
  readonly windows: WindowList | null;
  /** So many of the first windows are only read for those that follow. */
  readonly leadIn?: number | undefined;
  /** Which windows have too little in them to have a value. */
  readonly gapRule?: GapRule | undefined;
}

export interface LevelCells {
  readonly windows: WindowList | null;
  readonly windowCount: number;
  /** One for each request of the level. */
  readonly columns: readonly AggregateColumn[];
  /** For a block of part of a group's windows: whether each request has a value in windows that are read after these. */
  readonly goesOn?: readonly boolean[] | undefined;
}

export interface CellBlock {
  readonly groups: readonly Group[];
  /** One for each level. */
  readonly levels: readonly LevelCells[];
  /** Other fields and tags of chosen points. */
  readonly lookUp: PointLookUp;
}

/** The values of references at points that selectors chose, in the order of the points. */
export type PointLookUp = (
  timesNs: BigInt64Array,
  seriesIds: Int32Array,
  references: readonly Reference[],
) => Promise<readonly (Column | null)[]>;
