// Graphite's Whisper files, big-endian throughout.
//
//     header    aggregation u32 │ max retention u32, s │ xff f32 │ archive count u32
//     archive   offset u32 │ seconds per point u32 │ points u32                          × archive count, fine to coarse
//     point     time u32 │ value f64                                                     × points, × archive count
//
// An archive is a ring: the slot of a time is (time - time of slot 0) / step, modulo the points. Slots that were never written,
// or were written a round ago, are told by their time.

export const HEADER_BYTES = 16;
export const ARCHIVE_BYTES = 12;
export const POINT_BYTES = 12;

export type Aggregation = 'average' | 'sum' | 'last' | 'max' | 'min' | 'avg_zero' | 'absmax' | 'absmin';

/** By their number in the header. */
export const AGGREGATIONS: readonly (Aggregation | undefined)[] = [
  undefined,
  'average',
  'sum',
  'last',
  'max',
  'min',
  'avg_zero',
  'absmax',
  'absmin',
];
