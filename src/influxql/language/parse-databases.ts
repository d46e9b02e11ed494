// Databases and retention policies.
//
//     CREATE DATABASE name [ WITH [ DURATION d ] [ REPLICATION n ] [ SHARD DURATION d ] [ NAME name ] ]     one at least
//     DROP DATABASE name
//     CREATE RETENTION POLICY name ON name DURATION d REPLICATION n [ SHARD DURATION d ] [ DEFAULT ]
//     ALTER RETENTION POLICY ( name | DEFAULT ) ON name { DURATION d | REPLICATION n | SHARD DURATION d | DEFAULT }
//     DROP RETENTION POLICY name ON name
//
// d is a duration or INF; an altered policy takes its options in any order, each once, one at least.
import { parseDurationOrInf, parseName, parseOn, parseReplication } from './parse-words.ts';
import type {
  AlterRetentionPolicyStatement,
  CreateDatabaseStatement,
  CreateRetentionPolicyStatement,
  DropDatabaseStatement,
  DropRetentionPolicyStatement,
} from './statement.ts';
import type { TokenStream } from './token-stream.ts';

export function parseCreateDatabase(stream: TokenStream): CreateDatabaseStatement {
  const name = parseName(stream);
  return { kind: 'create database', name, policy: stream.accept('WITH') ? parseDatabaseOptions(stream) : null };
}

export function parseDropDatabase(stream: TokenStream): DropDatabaseStatement {
  return { kind: 'drop database', name: parseName(stream) };
}

export function parseCreateRetentionPolicy(stream: TokenStream): CreateRetentionPolicyStatement {
  const name = parseName(stream);
  const database = parseOn(stream);
  stream.expect('DURATION');
  const durationNs = parseDurationOrInf(stream);
  stream.expect('REPLICATION');
  const replication = parseReplication(stream);
  const shardDurationNs = stream.accept('SHARD') ? parseFiniteShardDuration(stream) : 0n;
  const makeDefault = stream.accept('DEFAULT');
  return { kind: 'create retention policy', name, database, durationNs, replication, shardDurationNs, makeDefault };
}

export function parseAlterRetentionPolicy(stream: TokenStream): AlterRetentionPolicyStatement {
  const name = stream.accept('DEFAULT') ? 'default' : parseName(stream);
  const database = parseOn(stream);
  let durationNs: bigint | null = null;
  let replication: number | null = null;
  let shardDurationNs: bigint | null = null;
  const seen = new Set<string>();
  for (;;) {
    const option = stream.peek();
    if (!['DURATION', 'REPLICATION', 'SHARD', 'DEFAULT'].includes(option.kind)) {
      if (seen.size === 0) throw stream.unexpected(option, 'DURATION', 'REPLICATION', 'SHARD', 'DEFAULT');
      break;
    }
    if (seen.has(option.kind)) throw stream.error(`found duplicate ${option.kind} option`, option);
    seen.add(stream.next().kind);
    if (option.kind === 'DURATION') durationNs = parseDurationOrInf(stream);
    else if (option.kind === 'REPLICATION') replication = parseReplication(stream);
    else if (option.kind === 'SHARD') shardDurationNs = parseFiniteShardDuration(stream);
  }
  const makeDefault = seen.has('DEFAULT');
  return { kind: 'alter retention policy', name, database, durationNs, replication, shardDurationNs, makeDefault };
}

export function parseDropRetentionPolicy(stream: TokenStream): DropRetentionPolicyStatement {
  return { kind: 'drop retention policy', name: parseName(stream), database: parseOn(stream) };
}

function parseDatabaseOptions(stream: TokenStream): CreateDatabaseStatement['policy'] {
  const first = stream.peek();
  if (!['DURATION', 'NAME', 'REPLICATION', 'SHARD'].includes(first.kind)) {
    throw stream.unexpected(first, 'DURATION', 'NAME', 'REPLICATION', 'SHARD');
  }
  return {
    durationNs: stream.accept('DURATION') ? parseDurationOrInf(stream) : null,
    replication: stream.accept('REPLICATION') ? parseReplication(stream) : null,
    shardDurationNs: stream.accept('SHARD') ? parseShardDuration(stream) : 0n,
    name: stream.accept('NAME') ? parseName(stream) : '',
  };
}

function parseShardDuration(stream: TokenStream): bigint {
  stream.expect('DURATION');
  return parseDurationOrInf(stream);
}

function parseFiniteShardDuration(stream: TokenStream): bigint {
  stream.expect('DURATION');
  const token = stream.peek();
  if (token.kind === 'INF') throw stream.error('invalid duration INF for shard duration', token);
  return parseDurationOrInf(stream);
}
