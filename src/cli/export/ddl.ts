// The statements that make a database again: policies, then ladders. Continuous queries follow those of all databases.
import { printStatement } from '../../influxql/index.ts';
import { WEEK } from '../../model/index.ts';
import type { LadderFacts } from './ladder-facts.ts';
import type { PolicyFacts } from './server-schema.ts';

/** What `CREATE DATABASE d WITH NAME rp` gives. */
const PLAIN = { durationNs: 0n, shardDurationNs: WEEK, replication: 1 };

export interface DatabaseDdl {
  readonly database: string;
  readonly policies: readonly PolicyFacts[];
  readonly ladders: readonly LadderFacts[];
  /** Policies that the ladders make. */
  readonly made: ReadonlySet<string>;
}

/** One statement a line, without line breaks in it. Run again on what is there already, they change nothing. */
export function ddlLines({ database, policies, ladders, made }: DatabaseDdl): readonly string[] {
  const first = policies.find(({ isDefault }) => isDefault) ?? policies.at(0);
  if (first === undefined) return [];
  const others = policies.filter((policy) => policy !== first && !made.has(policy.name));
  const lines = [createDatabase(database, first), ...others.map((policy) => createPolicy(database, policy))];
  let byDefault = first.name;
  const makeDefault = (name: string): void => {
    if (byDefault !== name) lines.push(alterDefault(database, name));
    byDefault = name;
  };
  for (const { base, statement } of ladders) {
    makeDefault(base);
    lines.push(statement);
  }
  makeDefault(first.name);
  return lines;
}

/** A ladder is made on the policy that is the default. */
function alterDefault(database: string, name: string): string {
  const same = { durationNs: null, shardDurationNs: null, replication: null };
  return printStatement({ kind: 'alter retention policy', name, database, ...same, makeDefault: true });
}

function createDatabase(database: string, policy: PolicyFacts): string {
  const { name, durationNs, shardDurationNs, replication } = policy;
  const isPlain =
    durationNs === PLAIN.durationNs && shardDurationNs === PLAIN.shardDurationNs && replication === PLAIN.replication;
  const options = isPlain
    ? { durationNs: null, shardDurationNs: 0n, replication: null }
    : { durationNs, shardDurationNs, replication };
  return infinite(printStatement({ kind: 'create database', name: database, policy: { name, ...options } }));
}

function createPolicy(database: string, policy: PolicyFacts): string {
  const { name, durationNs, shardDurationNs, replication } = policy;
  const options = { durationNs, shardDurationNs, replication, makeDefault: false };
  return infinite(printStatement({ kind: 'create retention policy', name, database, ...options }));
}

/** `0s` is how answers print what statements call INF. */
function infinite(statement: string): string {
  return statement.replace(' DURATION 0s ', ' DURATION INF ');
}
