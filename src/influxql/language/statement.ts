// The statements of InfluxQL. A statement's `kind` is its keywords in lower case, as a user would name it.
// In all of them an empty name means "not given", null means "no such clause" and a limit or offset of 0 means none.
import type { LadderText } from '../../ladder/index.ts';
import type { Expr, ListLiteral, RegexLiteral, SelectStatement, SortField, Source, StringLiteral } from './ast.ts';

export type Statement =
  | SelectStatement
  | ExplainStatement
  | DataStatement
  | DatabaseStatement
  | ShowStatement
  | ContinuousQueryStatement
  | SubscriptionStatement
  | LadderStatement
  | UserStatement
  | KillQueryStatement;

export type StatementKind = Statement['kind'];

export interface ExplainStatement {
  readonly kind: 'explain';
  readonly analyze: boolean;
  /** With figures of each shard. */
  readonly verbose: boolean;
  readonly statement: SelectStatement;
}

// Points that go. Sources name measurements without database and policy.

export type DataStatement = DeleteStatement | DropSeriesStatement | DropMeasurementStatement | DropShardStatement;

export interface DeleteStatement {
  readonly kind: 'delete';
  readonly sources: readonly Source[];
  readonly condition: Expr | null;
}

export interface DropSeriesStatement {
  readonly kind: 'drop series';
  readonly sources: readonly Source[];
  readonly condition: Expr | null;
}

export interface DropMeasurementStatement {
  readonly kind: 'drop measurement';
  readonly name: string;
}

export interface DropShardStatement {
  readonly kind: 'drop shard';
  readonly id: bigint;
}

// Databases and retention policies. Durations are in nanoseconds; INF is 0.

export type DatabaseStatement =
  | CreateDatabaseStatement
  | DropDatabaseStatement
  | CreateRetentionPolicyStatement
  | AlterRetentionPolicyStatement
  | DropRetentionPolicyStatement;

export interface CreateDatabaseStatement {
  readonly kind: 'create database';
  readonly name: string;
  /** WITH …; null = the server's defaults. */
  readonly policy: {
    readonly durationNs: bigint | null;
    readonly replication: number | null;
    readonly shardDurationNs: bigint;
    readonly name: string;
  } | null;
}

export interface DropDatabaseStatement {
  readonly kind: 'drop database';
  readonly name: string;
}

export interface CreateRetentionPolicyStatement {
  readonly kind: 'create retention policy';
  readonly name: string;
  readonly database: string;
  readonly durationNs: bigint;
  readonly replication: number;
  /** 0 = the default for the duration. */
  readonly shardDurationNs: bigint;
  readonly makeDefault: boolean;
}

export interface AlterRetentionPolicyStatement {
  readonly kind: 'alter retention policy';
  readonly name: string;
  readonly database: string;
  readonly durationNs: bigint | null;
  readonly replication: number | null;
  readonly shardDurationNs: bigint | null;
  readonly makeDefault: boolean;
}

export interface DropRetentionPolicyStatement {
  readonly kind: 'drop retention policy';
  readonly name: string;
  readonly database: string;
}

// SHOW

export type ShowStatement =
  | ShowMeasurementsStatement
  | ShowSeriesStatement
  | ShowTagKeysStatement
  | ShowTagValuesStatement
  | ShowFieldKeysStatement
  | ShowCardinalityStatement
  | ShowTagValuesCardinalityStatement
  | ShowRetentionPoliciesStatement
  | ShowGrantsStatement
  | ShowModuleStatement
  | ShowPlainStatement;

/** Whatever lists parts of a database's schema. */
export interface SchemaQuery {
  readonly database: string;
  readonly sources: readonly Source[];
  readonly condition: Expr | null;
  readonly sortFields: readonly SortField[];
  readonly limit: number;
  readonly offset: number;
}

export interface ShowMeasurementsStatement {
  readonly kind: 'show measurements';
  readonly database: string;
  /** WITH MEASUREMENT = name or =~ regex. */
  readonly source: Source | null;
  readonly condition: Expr | null;
  readonly sortFields: readonly SortField[];
  readonly limit: number;
  readonly offset: number;
}

export interface ShowSeriesStatement extends SchemaQuery {
  readonly kind: 'show series';
}

export interface ShowTagKeysStatement extends SchemaQuery {
  readonly kind: 'show tag keys';
  readonly slimit: number;
  readonly soffset: number;
}

/** WITH KEY = name, != name, =~ regex, !~ regex, IN (names). */
export type TagKeyCondition =
  | { readonly op: '=' | '!='; readonly value: StringLiteral }
  | { readonly op: '=~' | '!~'; readonly value: RegexLiteral }
  | { readonly op: 'IN'; readonly value: ListLiteral };

export interface ShowTagValuesStatement extends SchemaQuery {
  readonly kind: 'show tag values';
  readonly key: TagKeyCondition;
}

/** Has no WHERE. */
export interface ShowFieldKeysStatement extends SchemaQuery {
  readonly kind: 'show field keys';
}

/** Whatever counts parts of a database's schema. */
export interface CardinalityQuery {
  readonly exact: boolean;
  readonly database: string;
  readonly sources: readonly Source[];
  readonly condition: Expr | null;
  readonly dimensions: readonly Expr[];
  readonly limit: number;
  readonly offset: number;
}

export interface ShowCardinalityStatement extends CardinalityQuery {
  readonly kind:
    | 'show series cardinality'
    | 'show measurement cardinality'
    | 'show tag key cardinality'
    | 'show field key cardinality';
}

export interface ShowTagValuesCardinalityStatement extends CardinalityQuery {
  readonly kind: 'show tag values cardinality';
  readonly key: TagKeyCondition;
}

export interface ShowRetentionPoliciesStatement {
  readonly kind: 'show retention policies';
  readonly database: string;
}

export interface ShowGrantsStatement {
  readonly kind: 'show grants';
  readonly user: string;
}

/** FOR 'module'; empty = all. */
export interface ShowModuleStatement {
  readonly kind: 'show stats' | 'show diagnostics';
  readonly module: string;
}

export interface ShowPlainStatement {
  readonly kind:
    | 'show databases'
    | 'show continuous queries'
    | 'show queries'
    | 'show shard groups'
    | 'show shards'
    | 'show subscriptions'
    | 'show users';
}

// Continuous queries and subscriptions

export type ContinuousQueryStatement = CreateContinuousQueryStatement | DropContinuousQueryStatement;

export interface CreateContinuousQueryStatement {
  readonly kind: 'create continuous query';
  readonly name: string;
  readonly database: string;
  /** RESAMPLE EVERY and FOR; 0 = not given. */
  readonly resampleEveryNs: bigint;
  readonly resampleForNs: bigint;
  /** Has a target and, when it aggregates, GROUP BY time. */
  readonly source: SelectStatement;
}

export interface DropContinuousQueryStatement {
  readonly kind: 'drop continuous query';
  readonly name: string;
  readonly database: string;
}

export type SubscriptionStatement = CreateSubscriptionStatement | DropSubscriptionStatement;

export interface CreateSubscriptionStatement {
  readonly kind: 'create subscription';
  readonly name: string;
  readonly database: string;
  readonly policy: string;
  readonly mode: 'ALL' | 'ANY';
  readonly destinations: readonly string[];
}

export interface DropSubscriptionStatement {
  readonly kind: 'drop subscription';
  readonly name: string;
  readonly database: string;
  readonly policy: string;
}

// Ladders

export type LadderStatement =
  | CreateLadderStatement
  | AlterLadderStatement
  | ExplainLadderStatement
  | DropLadderStatement
  | ShowLaddersStatement
  | ShowLadderStatusStatement
  | AdoptStatement;

export interface CreateLadderStatement {
  readonly kind: 'create ladder';
  readonly name: string;
  readonly database: string;
  readonly definition: LadderText;
}

export interface AlterLadderStatement {
  readonly kind: 'alter ladder';
  readonly name: string;
  readonly database: string;
  readonly definition: LadderText;
  /** Tiers that are no longer declared can be read on. */
  readonly keepData: boolean;
}

/** What a ladder would come to; nothing is changed. */
export interface ExplainLadderStatement {
  readonly kind: 'explain ladder';
  readonly name: string;
  readonly database: string;
  readonly definition: LadderText;
}

export interface DropLadderStatement {
  readonly kind: 'drop ladder';
  readonly name: string;
  readonly database: string;
  readonly keepData: boolean;
}

export interface ShowLaddersStatement {
  readonly kind: 'show ladders';
  readonly database: string;
}

export interface ShowLadderStatusStatement {
  readonly kind: 'show ladder status';
  /** Empty = all ladders of all databases; then the database is empty, too. */
  readonly name: string;
  readonly database: string;
}

/** Replaces continuous queries by a ladder. */
export interface AdoptStatement {
  readonly kind: 'adopt continuous queries';
  readonly database: string;
  /** Of the ladder; empty = that of the database. */
  readonly name: string;
  readonly dryRun: boolean;
}

// Users. Passwords never appear in a printed statement.

export type UserStatement =
  | CreateUserStatement
  | DropUserStatement
  | SetPasswordStatement
  | GrantStatement
  | RevokeStatement
  | GrantAdminStatement
  | RevokeAdminStatement;

export type Privilege = 'READ' | 'WRITE' | 'ALL PRIVILEGES';

export interface CreateUserStatement {
  readonly kind: 'create user';
  readonly name: string;
  readonly password: string;
  readonly admin: boolean;
}

export interface DropUserStatement {
  readonly kind: 'drop user';
  readonly name: string;
}

export interface SetPasswordStatement {
  readonly kind: 'set password';
  readonly name: string;
  readonly password: string;
}

export interface GrantStatement {
  readonly kind: 'grant';
  readonly privilege: Privilege;
  readonly database: string;
  readonly user: string;
}

export interface RevokeStatement {
  readonly kind: 'revoke';
  readonly privilege: Privilege;
  readonly database: string;
  readonly user: string;
}

/** GRANT ALL TO. */
export interface GrantAdminStatement {
  readonly kind: 'grant all privileges';
  readonly user: string;
}

/** REVOKE ALL FROM. */
export interface RevokeAdminStatement {
  readonly kind: 'revoke all privileges';
  readonly user: string;
}

export interface KillQueryStatement {
  readonly kind: 'kill query';
  readonly id: bigint;
  /** Empty = this one. */
  readonly host: string;
}
