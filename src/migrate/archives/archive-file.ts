// What a round-robin file holds, whoever wrote it: for each field, archives of windows, fine to coarse.
//
// Windows are named by their start, as Weir's are. How many points stand behind one is not in such files: importers take every
// window for full, as far as steps tell.

/** The windows of one step. All arrays have one element a window, ascending by start; what is unknown in all of them is absent. */
export interface Archive {
  readonly step: number;
  /** How many windows the file has room for. */
  readonly rowCount: number;
  /** Unix time in seconds, divisible by `step`. */
  readonly starts: Float64Array;
  /** What stands for the window, as the file shows it; NaN = unknown. */
  readonly values: Float64Array;
  /** NaN = unknown. */
  readonly minima: Float64Array;
  readonly maxima: Float64Array;
  readonly lasts: Float64Array;
}

export interface ArchivedField {
  /** Of the data source; empty in files of a single one without a name. */
  readonly name: string;
  /** Ascending by step, each step once. */
  readonly archives: readonly Archive[];
}

export interface ArchiveFile {
  /** Seconds that a value of the finest kind stands for. */
  readonly baseStep: number;
  readonly fields: readonly ArchivedField[];
  /** How a window's value stands for what was in it. */
  readonly value: 'mean' | 'sum';
  /** Values that stand where no value can be, and are left out. */
  readonly misplaced: number;
}

/** Larger ones are no round-robin files. */
export const MAX_FILE_BYTES = 1 << 30;
/** Times beyond are no times: the year 2262, as far as nanoseconds reach. */
export const MAX_TIME = 9_223_372_036;
