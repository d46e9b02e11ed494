// What a user must be allowed to for a statement to run: InfluxDB's list, statement by statement. Where InfluxDB's list would
// let a user reach a database without a right to it, the stricter rule stands here with the reason.
import type { Source, SelectStatement } from '../language/ast.ts';
import type { CreateContinuousQueryStatement, Statement } from '../language/statement.ts';

export interface RequiredPrivilege {
  readonly privilege: 'READ' | 'WRITE';
  /** Empty = the request's database. */
  readonly database: string;
}

/** In the order in which they are checked; none = any user may. */
export type Requirement = 'admin' | readonly RequiredPrivilege[];

export function requiredPrivileges(statement: Statement): Requirement {
  switch (statement.kind) {
    case 'select':
      return ofSelect(statement);
    case 'explain':
      return ofSelect(statement.statement);
    case 'show databases':
      return []; // It lists what the user may read or write.
    case 'delete':
    case 'drop series':
      return [write('')];
    case 'drop retention policy':
    case 'drop continuous query':
      return [write(statement.database)];
    case 'show ladders':
    case 'show ladder status':
      // Without a database they list what the user may read or write.
      return statement.database === '' ? [] : [read(statement.database)];
    case 'explain ladder':
      return [read(statement.database)];
    case 'show queries':
    case 'show continuous queries':
      return [read('')];
    case 'show retention policies':
      return [read(statement.database)];
    case 'show measurements':
      return ofSchema(statement.database, statement.source === null ? [] : [statement.source]);
    case 'show series':
    case 'show tag keys':
    case 'show tag values':
    case 'show field keys':
    case 'show series cardinality':
    case 'show measurement cardinality':
    case 'show tag key cardinality':
    case 'show field key cardinality':
    case 'show tag values cardinality':
      return ofSchema(statement.database, statement.sources);
    case 'create continuous query':
      return ofContinuousQuery(statement);
    case 'create database':
    case 'drop database':
    case 'create retention policy':
    case 'alter retention policy':
    case 'create ladder':
    case 'alter ladder':
    case 'drop ladder':
    case 'adopt continuous queries':
    case 'drop measurement':
    case 'drop shard':
    case 'show shards':
    case 'show shard groups':
    case 'show stats':
    case 'show diagnostics':
    case 'create subscription':
    case 'drop subscription':
    case 'show subscriptions':
    case 'create user':
    case 'drop user':
    case 'set password':
    case 'grant':
    case 'revoke':
    case 'grant all privileges':
    case 'revoke all privileges':
    case 'show users':
    case 'show grants':
    case 'kill query':
      return 'admin';
  }
}

function read(database: string): RequiredPrivilege {
  return { privilege: 'READ', database };
}

function write(database: string): RequiredPrivilege {
  return { privilege: 'WRITE', database };
}

function ofSelect({ sources, target }: SelectStatement): readonly RequiredPrivilege[] {
  const reads = ofSources(sources);
  return target === null ? reads : [...reads, write(target.database)];
}

function ofSources(sources: readonly Source[]): readonly RequiredPrivilege[] {
  return sources.flatMap((source) =>
    source.kind === 'measurement' ? [read(source.database)] : ofSelect(source.statement),
  );
}

/** The database and every other one that a source names. InfluxDB looks at only one of the two, or at none. */
function ofSchema(database: string, sources: readonly Source[]): readonly RequiredPrivilege[] {
  return [read(database), ...ofSources(sources).filter((source) => source.database !== '')];
}

/**
 * The query will run without a user: so whoever makes it needs what its SELECT needs. InfluxDB looks at the database that it
 * is made on and at a target that names another one, no further.
 */
function ofContinuousQuery({ database, source }: CreateContinuousQueryStatement): readonly RequiredPrivilege[] {
  const needed = ofSelect(source).map((each) => (each.database === '' ? { ...each, database } : each));
  return [read(database), ...needed];
}
