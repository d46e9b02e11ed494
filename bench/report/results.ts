// All that a run of the bench found out.
import type { Machine } from '../lib/machine.ts';
import type { PeerName } from '../peers/peer.ts';
import type { GrowthResult } from '../runs/growth.ts';
import type { ClientsResult, IngestResult } from '../runs/ingest.ts';
import type { LadderResult } from '../runs/ladder.ts';
import type { QueriesResult } from '../runs/queries.ts';
import type { RestartResult } from '../runs/restart.ts';
import type { Settings } from '../settings.ts';

export interface PeerFacts {
  readonly name: PeerName;
  /** undefined: not installed. */
  readonly version: string | undefined;
  readonly note: string;
  readonly installHint: string;
}

/** What did not run is undefined. */
export interface Results {
  readonly machine: Machine;
  readonly settings: Settings;
  readonly peers: readonly PeerFacts[];
  ingest?: readonly IngestResult[];
  clients?: readonly ClientsResult[];
  queries?: QueriesResult;
  restart?: readonly RestartResult[];
  growth?: readonly GrowthResult[];
  ladder?: LadderResult;
}

export function byName<T extends { readonly name: PeerName }>(
  list: readonly T[] | undefined,
  name: PeerName,
): T | undefined {
  return list?.find((each) => each.name === name);
}
