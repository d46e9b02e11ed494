// Decides what a request about ladders comes to on a given state, as `decide-database.ts` does for databases.
import { WeirError } from '../base/index.ts';
import type { LadderSpec } from '../model/index.ts';
import type { Database } from './catalog.ts';
import { type CatalogState, requireDatabase } from './catalog-state.ts';
import { type DeclaredLadder, isFed } from './declared-ladder.ts';
import type { LadderRecord } from './ladder-record.ts';
import { checkNameOf } from './name.ts';
import { placeLadder } from './place-ladder.ts';

export interface CreateLadderRequest {
  readonly database: string;
  readonly spec: LadderSpec;
  readonly text: string;
  /** Continuous queries that go with the same step. */
  readonly replacedQueries: readonly string[];
}

export interface AlterLadderRequest {
  readonly database: string;
  readonly spec: LadderSpec;
  readonly text: string;
  /** Whether tiers that are no longer declared can be read on. */
  readonly keepData: boolean;
}

export function decideCreateLadder(state: CatalogState, request: CreateLadderRequest): LadderRecord | undefined {
  const { spec, text, replacedQueries } = request;
  checkNameOf('ladder', spec.name);
  const database = requireDatabase(state, request.database);
  const existing = findLadder(database, spec.name);
  if (existing !== undefined && isFed(existing)) {
    if (existing.text === text && replacedQueries.length === 0) return undefined;
    throw new WeirError('conflict', `ladder already exists: ${spec.name}`);
  }
  for (const name of replacedQueries) {
    if (!database.continuousQueries.some((query) => query.name === name))
      throw new WeirError('not found', `continuous query not found: ${name}`);
  }
  const continuousQueries = database.continuousQueries.filter(({ name }) => !replacedQueries.includes(name));
  const placed = placeLadder(database, spec, { old: existing, text, keepData: true });
  return { op: 'change ladders', database: { ...placed, continuousQueries } };
}

/** The base that the ladder would have. */
export function checkLadder(state: CatalogState, databaseName: string, spec: LadderSpec): string {
  const database = requireDatabase(state, databaseName);
  const old = findLadder(database, spec.name);
  const { ladders } = placeLadder(database, spec, { old, text: '', keepData: old === undefined || !isFed(old) });
  return ladders.find(({ ladder }) => ladder.name === spec.name)?.ladder.base ?? '';
}

export function decideAlterLadder(state: CatalogState, request: AlterLadderRequest): LadderRecord | undefined {
  const { spec, text, keepData } = request;
  const database = requireDatabase(state, request.database);
  const old = requireLadder(database, spec.name);
  if (isFed(old) && old.text === text) return undefined;
  return { op: 'change ladders', database: placeLadder(database, spec, { old, text, keepData }) };
}

/** The base stays, with the period that it has, and so do policies that were there before the ladder. */
export function decideDropLadder(
  state: CatalogState,
  databaseName: string,
  name: string,
  keepData: boolean,
): LadderRecord | undefined {
  const database = requireDatabase(state, databaseName);
  const declared = requireLadder(database, name);
  const { ladder, kept, ownPolicies } = declared;
  if (keepData) {
    if (!isFed(declared)) return undefined;
    const unfed: DeclaredLadder = {
      ...declared,
      ladder: { ...ladder, rules: [], lateBucket: undefined },
      baseGraceNs: 0n,
      kept: [...ladder.rules, ...kept],
    };
    const ladders = database.ladders.map((each) => (each === declared ? unfed : each));
    return { op: 'change ladders', database: { ...database, ladders } };
  }
  return {
    op: 'change ladders',
    database: {
      ...database,
      defaultPolicy: ownPolicies.includes(database.defaultPolicy) ? ladder.base : database.defaultPolicy,
      policies: database.policies.filter((policy) => !ownPolicies.includes(policy.name)),
      ladders: database.ladders.filter((each) => each !== declared),
    },
  };
}

function findLadder(database: Database, name: string): DeclaredLadder | undefined {
  return database.ladders.find(({ ladder }) => ladder.name === name);
}

function requireLadder(database: Database, name: string): DeclaredLadder {
  const declared = findLadder(database, name);
  if (declared === undefined) throw new WeirError('not found', `ladder not found: ${name}`);
  return declared;
}
