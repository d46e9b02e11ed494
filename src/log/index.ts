// log: the ordered, durable sequence of changes.

export type { Log, LoggedChange, Seq, SeriesTables } from './log.ts';
export type { BarrierChange, Change, DeleteChange, DropBucketChange, WriteChange } from './change.ts';
