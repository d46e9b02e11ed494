// What the routes stand on. HTTP listens before the log has been replayed, so a node comes up in phases.
import { WeirError } from '../base/index.ts';
import type { User } from '../catalog/index.ts';
import type { AcceptLines } from './accept.ts';
import type { Copies } from './backup-routes.ts';
import type { UserDirectory } from './auth/authenticate.ts';
import type { Query, ResultBatch, Statement, StatementResult } from '../influxql/index.ts';
import type { OnPlan, StoredPart } from '../ladder/index.ts';
import type { ViewStatus } from '../view/index.ts';

/** One query as a request asks for it. */
export interface QueryRequest {
  readonly database: string | undefined;
  readonly policy: string | undefined;
  readonly readOnly: boolean;
  /** Who asks; undefined = may do anything. */
  readonly user: User | undefined;
  readonly signal: AbortSignal;
  /** Policies are this part of what they hold, as it is stored; undefined = what they stand for. */
  readonly stored?: StoredPart | undefined;
  /** Each statement says in a message which tiers of a ladder served it. */
  readonly tellTiers?: boolean | undefined;
  /** Share of a ladder's window that must be known for it to have a value, 0..1. */
  readonly knownShare?: number | undefined;
  /** Told what serves a measurement of a ladder, before the statement's first row. */
  readonly onTiers?: OnPlan | undefined;
}

export interface Engine {
  readonly users: UserDirectory;
  /** Whether a database of this name exists. */
  hasDatabase(name: string): boolean;
  readonly accept: AcceptLines;
  /** Runs a parsed query; statement by statement, as it is iterated. */
  execute(query: Query, request: QueryRequest): AsyncIterable<StatementResult>;
  /** Runs one statement that is no SELECT; throws what stops it. */
  answer(statement: Statement, request: QueryRequest): Promise<AsyncIterable<ResultBatch>>;
  readonly copies: Copies;
  status(): ViewStatus;
}

export type NodeState =
  | { readonly phase: 'starting'; readonly progress: string }
  | { readonly phase: 'ready'; readonly engine: Engine }
  | { readonly phase: 'closing' };

/** The engine of a node that is ready; throws `unavailable` for one that is not. */
export function readyEngine(state: NodeState): Engine {
  switch (state.phase) {
    case 'ready':
      return state.engine;
    case 'starting':
      throw new WeirError('unavailable', state.progress);
    case 'closing':
      throw new WeirError('unavailable', 'server is shutting down');
  }
}
