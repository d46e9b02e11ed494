// Decides what a request about databases and retention policies comes to on a given state: the record to append, undefined
// when all is as requested already, or InfluxDB's error. Pure, so that it can be decided anew when another node was faster.
import { randomBytes } from 'node:crypto';
import { WeirError } from '../base/index.ts';
import type { Database, RetentionPolicySpec } from './catalog.ts';
import {
  type CatalogState,
  findPolicy,
  newPolicy,
  policyNotFound,
  requireDatabase,
  settingsOf,
} from './catalog-state.ts';
import type { DatabaseRecord } from './database-record.ts';
import { ladderOfTier, ladderOnBase } from './declared-ladder.ts';
import type { ImportRecord } from './import-record.ts';
import { checkName } from './name.ts';
import {
  type PolicyChange,
  changedSettings,
  checkDuration,
  matchesSettings,
  newSettings,
  sameSettings,
} from './policy-settings.ts';

const DEFAULT_POLICY: RetentionPolicySpec = { name: 'autogen' };

export function decideCreateDatabase(
  state: CatalogState,
  name: string,
  spec: RetentionPolicySpec | undefined,
  autogen: boolean,
): DatabaseRecord | ImportRecord | undefined {
  checkName(name);
  if (spec !== undefined) {
    checkName(spec.name);
    checkDuration(spec.durationNs ?? 0n);
  }
  const existing = state.databases.get(name);
  if (existing !== undefined) return spec && decideDefaultPolicy(existing, spec);
  if (spec === undefined && !autogen) {
    const database = { name, defaultPolicy: '', policies: [], continuousQueries: [], ladders: [] };
    return { op: 'import', databases: [database], policies: [], users: [] };
  }
  return { op: 'create database', database: name, policy: policyOf(spec ?? DEFAULT_POLICY) };
}

/** CREATE DATABASE … WITH on an existing one: it must have the policy as its default, or none at all. */
function decideDefaultPolicy(database: Database, spec: RetentionPolicySpec): DatabaseRecord | undefined {
  if (database.policies.length === 0) {
    return { op: 'create policy', database: database.name, policy: policyOf(spec), makeDefault: true };
  }
  const policy = findPolicy(database, spec.name);
  if (policy === undefined || !matchesSettings(spec, settingsOf(policy)) || database.defaultPolicy !== spec.name) {
    throw new WeirError('conflict', 'retention policy conflicts with an existing policy');
  }
  return undefined;
}

export function decideDropDatabase(state: CatalogState, name: string): DatabaseRecord | undefined {
  return state.databases.get(name) && { op: 'drop database', database: name };
}

export function decideCreatePolicy(
  state: CatalogState,
  databaseName: string,
  spec: RetentionPolicySpec,
): DatabaseRecord | undefined {
  checkName(spec.name);
  const settings = newSettings(spec);
  const database = requireDatabase(state, databaseName);
  const makeDefault = spec.makeDefault ?? false;
  const existing = findPolicy(database, spec.name);
  if (existing === undefined) {
    return { op: 'create policy', database: databaseName, policy: policyOf(spec), makeDefault };
  }
  if (!sameSettings(settingsOf(existing), settings)) {
    throw new WeirError('conflict', 'retention policy already exists');
  }
  if (makeDefault && database.defaultPolicy !== spec.name) {
    throw new WeirError('conflict', 'retention policy conflicts with an existing policy');
  }
  return undefined;
}

export function decideAlterPolicy(
  state: CatalogState,
  databaseName: string,
  name: string,
  change: PolicyChange & { readonly makeDefault?: boolean | undefined },
): DatabaseRecord | undefined {
  const database = requireDatabase(state, databaseName);
  const policy = findPolicy(database, name);
  if (policy === undefined) throw policyNotFound(name);
  const settings = changedSettings(settingsOf(policy), change);
  if (settings.durationNs !== policy.bucket.durationNs) requireNoLadder(database, name, 'alter the ladder instead');
  const makeDefault = change.makeDefault ?? false;
  const isDefault = database.defaultPolicy === name;
  if (sameSettings(settingsOf(policy), settings) && (isDefault || !makeDefault)) return undefined;
  return { op: 'alter policy', database: databaseName, name, settings, makeDefault };
}

export function decideDropPolicy(state: CatalogState, databaseName: string, name: string): DatabaseRecord | undefined {
  const database = state.databases.get(databaseName);
  if (database === undefined || findPolicy(database, name) === undefined) return undefined;
  requireNoLadder(database, name, 'drop or alter the ladder first');
  return { op: 'drop policy', database: databaseName, name };
}

function requireNoLadder({ ladders }: Database, policy: string, advice: string): void {
  const declared = ladderOnBase(ladders, policy) ?? ladderOfTier(ladders, policy);
  if (declared === undefined) return;
  const { name } = declared.ladder;
  throw new WeirError('conflict', `retention policy "${policy}" belongs to ladder "${name}": ${advice}`);
}

function policyOf(spec: RetentionPolicySpec) {
  // 64 random bits: no two buckets will ever share an id, those long dropped included.
  return newPolicy(spec.name, randomBytes(8).toString('hex'), newSettings(spec));
}
