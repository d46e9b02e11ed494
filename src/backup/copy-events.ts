// What backups and restores tell the operator of the server.
import type { EndReason } from './sessions.ts';
import type { RestoreOutcome } from './restore-target.ts';

export type CopyEvent =
  | {
      readonly kind: 'backup begins';
      readonly id: string;
      /** null = all. */
      readonly database: string | null;
      readonly policy: string | null;
      readonly objects: number;
    }
  | {
      readonly kind: 'restore begins';
      readonly id: string;
      readonly databases: readonly string[];
      readonly objects: number;
    }
  | ({ readonly kind: 'restored'; readonly id: string } & RestoreOutcome)
  | { readonly kind: 'backup ends' | 'restore ends'; readonly id: string; readonly reason: EndReason };

export type OnCopyEvent = (event: CopyEvent) => void;
