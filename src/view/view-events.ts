// What a view tells its operator about: the server logs it and counts it.

export type ViewEvent =
  | {
      readonly kind: 'replay';
      readonly fromSeq: number;
      readonly seq: number;
      readonly lastSeq: number;
      readonly done: boolean;
    }
  | {
      readonly kind: 'flushed' | 'compacted';
      readonly blocks: number;
      readonly rows: number;
      readonly sizeBytes: number;
      readonly durationMs: number;
    }
  | { readonly kind: 'expired'; readonly bucketId: string; readonly shards: number }
  | {
      readonly kind: 'failed';
      readonly what: FailedWork;
      readonly message: string;
    };

export type OnViewEvent = (event: ViewEvent) => void;

export type FailedWork = 'flush' | 'compaction' | 'trim' | 'delete object';
