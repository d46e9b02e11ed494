// Finds the statement by its first words.
import { parseCreateContinuousQuery, parseDropContinuousQuery } from './parse-continuous.ts';
import { parseCreateSubscription, parseDropSubscription } from './parse-continuous.ts';
import { parseDelete, parseDropMeasurement, parseDropSeries, parseDropShard } from './parse-data.ts';
import * as ladders from './parse-ladder.ts';
import {
  parseAlterRetentionPolicy,
  parseCreateDatabase,
  parseCreateRetentionPolicy,
  parseDropDatabase,
  parseDropRetentionPolicy,
} from './parse-databases.ts';
import { parseSelect } from './parse-select.ts';
import * as show from './parse-show.ts';
import * as users from './parse-users.ts';
import { acceptWord, isWord } from './parse-words.ts';
import type { Statement } from './statement.ts';
import type { TokenStream } from './token-stream.ts';

/** Reads one statement from behind the keywords that lead to it. */
type StatementParser = (stream: TokenStream) => Statement;

/**
 * The order of the entries is the order in which errors list what was expected. Words in lower case are no keywords, and no
 * error lists them: the texts are InfluxDB's.
 */
interface KeywordTree {
  readonly [keyword: string]: KeywordTree | StatementParser;
}

const STATEMENTS: KeywordTree = {
  SELECT: (stream) => parseSelect(stream),
  DELETE: parseDelete,
  SHOW: {
    CONTINUOUS: { QUERIES: show.parseShowPlain('show continuous queries') },
    DATABASES: show.parseShowPlain('show databases'),
    DIAGNOSTICS: show.parseShowModule('show diagnostics'),
    FIELD: { KEY: show.parseKeyCardinality('show field key cardinality'), KEYS: show.parseShowFieldKeys },
    GRANTS: { FOR: show.parseShowGrants },
    MEASUREMENT: { EXACT: show.parseMeasurementExactCardinality, CARDINALITY: show.parseMeasurementCardinality },
    MEASUREMENTS: show.parseShowMeasurements,
    QUERIES: show.parseShowPlain('show queries'),
    RETENTION: { POLICIES: show.parseShowRetentionPolicies },
    SERIES: show.parseShowSeries,
    SHARD: { GROUPS: show.parseShowPlain('show shard groups') },
    SHARDS: show.parseShowPlain('show shards'),
    STATS: show.parseShowModule('show stats'),
    SUBSCRIPTIONS: show.parseShowPlain('show subscriptions'),
    TAG: {
      KEY: show.parseKeyCardinality('show tag key cardinality'),
      KEYS: show.parseShowTagKeys,
      VALUES: show.parseShowTagValues,
    },
    USERS: show.parseShowPlain('show users'),
    ladder: { status: ladders.parseShowLadderStatus },
    ladders: ladders.parseShowLadders,
  },
  CREATE: {
    CONTINUOUS: { QUERY: parseCreateContinuousQuery },
    DATABASE: parseCreateDatabase,
    USER: users.parseCreateUser,
    RETENTION: { POLICY: parseCreateRetentionPolicy },
    SUBSCRIPTION: parseCreateSubscription,
    ladder: ladders.parseCreateLadder,
  },
  DROP: {
    CONTINUOUS: { QUERY: parseDropContinuousQuery },
    DATABASE: parseDropDatabase,
    MEASUREMENT: parseDropMeasurement,
    RETENTION: { POLICY: parseDropRetentionPolicy },
    SERIES: parseDropSeries,
    SHARD: parseDropShard,
    SUBSCRIPTION: parseDropSubscription,
    USER: users.parseDropUser,
    ladder: ladders.parseDropLadder,
  },
  EXPLAIN: parseExplain,
  GRANT: users.parseGrant,
  REVOKE: users.parseRevoke,
  ALTER: { RETENTION: { POLICY: parseAlterRetentionPolicy }, ladder: ladders.parseAlterLadder },
  SET: { PASSWORD: { FOR: users.parseSetPassword } },
  KILL: { QUERY: users.parseKillQuery },
  adopt: ladders.parseAdopt,
};

/** What a statement can begin with. */
export const STATEMENT_KEYWORDS: ReadonlySet<string> = new Set(
  Object.keys(STATEMENTS).map((word) => word.toUpperCase()),
);

export function parseStatement(stream: TokenStream): Statement {
  let tree = STATEMENTS;
  for (;;) {
    const token = stream.next();
    const word = Object.keys(tree).find(
      (each) => each === token.kind || (isOurs(each) && isWord(token, each.toUpperCase())),
    );
    if (word === undefined) throw stream.unexpected(token, ...Object.keys(tree).filter((each) => !isOurs(each)));
    const entry = tree[word];
    if (typeof entry === 'function') return entry(stream);
    tree = entry;
  }
}

function isOurs(word: string): boolean {
  return word === word.toLowerCase();
}

/** EXPLAIN [ ANALYZE ] [ VERBOSE ] select; VERBOSE is no keyword elsewhere. */
function parseExplain(stream: TokenStream): Statement {
  if (acceptWord(stream, 'LADDER')) return ladders.parseExplainLadder(stream);
  const analyze = stream.accept('ANALYZE');
  const verbose = acceptWord(stream, 'VERBOSE');
  stream.expect('SELECT');
  return { kind: 'explain', analyze, verbose, statement: parseSelect(stream) };
}
