// Each line of the tables is a query and how it is written back, which says how it was read.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WeirError } from '../../base/index.ts';
import { parseQuery } from './parser.ts';
import { printQuery } from './print-statement.ts';

const error = (text: string): string => {
  try {
    parseQuery(text);
  } catch (thrown) {
    if (thrown instanceof WeirError) return thrown.message;
    throw thrown;
  }
  return 'no error';
};

const readings: readonly (readonly [query: string, printed: string])[] = [
  // Statements and what is between them
  ['', ''],
  [' ; ;', ''],
  ['show databases; SHOW USERS;', 'SHOW DATABASES;\nSHOW USERS'],
  ['/* a */ show /* b */ databases -- c', 'SHOW DATABASES'],
  // Fields and expressions
  ['select * from m', 'SELECT * FROM m'],
  ['select *::tag, *::FIELD, /^a\\/b/ from m', 'SELECT *::tag, *::field, /^a\\/b/ FROM m'],
  ['select a.b.c as "x y", "from"::FLOAT, z::tag from m', 'SELECT "a.b.c" AS "x y", "from"::float, z::tag FROM m'],
  ['select MEAN( a ), top(a,"b c", 3), f() from m', 'SELECT mean(a), top(a, "b c", 3), f() FROM m'],
  [
    'select distinct a, DISTINCT(a), count(distinct a), max(/re/) from m',
    'SELECT DISTINCT a, distinct(a), count(DISTINCT a), max(/re/) FROM m',
  ],
  ['select 1+2*3-(4 % 5)&6|7^8 from m', 'SELECT 1 + 2 * 3 - (4 % 5) & 6 | 7 ^ 8 FROM m'],
  [
    'select -a, +a, -(a), -f(a), - 1, -.5, -1h from m',
    'SELECT -1 * a, 1 * a, -1 * (a), -1 * f(a), -1, -0.500, -1h FROM m',
  ],
  [
    'select 9223372036854775807, -9223372036854775808, 18446744073709551615 from m',
    'SELECT 9223372036854775807, -9223372036854775808, 18446744073709551615 FROM m',
  ],
  ['select 100., 1000000000000000000000.5 from m', 'SELECT 100.000, 1000000000000000000000.000 FROM m'],
  // Sources and targets
  [
    'select a from db.rp.m, rp.m, db..m, /r/, rp./r/, db.rp./r/, "a.b"',
    'SELECT a FROM db.rp.m, rp.m, db..m, /r/, rp./r/, db.rp./r/, "a.b"',
  ],
  ['select a from m,/r/', 'SELECT a FROM m, /r/'],
  [
    'select a from (select b from (select c from m) where x=1)',
    'SELECT a FROM (SELECT b FROM (SELECT c FROM m) WHERE x = 1)',
  ],
  ['select a into t from m', 'SELECT a INTO t FROM m'],
  ['select a into db.rp.t from m', 'SELECT a INTO db.rp.t FROM m'],
  ['select a into db.rp.:MEASUREMENT from /x/', 'SELECT a INTO db.rp.:MEASUREMENT FROM /x/'],
  ['select a into rp.:measurement from /x/', 'SELECT a INTO rp.:MEASUREMENT FROM /x/'],
  // Conditions
  [
    `select a from m where t='x' and (v>=1.5 or v<>2) and t=~/a b/ and not_t !~ /\\//`,
    `SELECT a FROM m WHERE t = 'x' AND (v >= 1.500 OR v != 2) AND t =~ /a b/ AND not_t !~ /\\//`,
  ],
  ['select a from m where time > now()-1h30m and b=true', 'SELECT a FROM m WHERE time > now() - 90m AND b = true'],
  // Clauses
  [
    'select mean(a) from m group by time(5m,1m),t,*,/r/ FILL(previous) order by time desc',
    'SELECT mean(a) FROM m GROUP BY time(5m, 1m), t, *, /r/ fill(previous) ORDER BY time DESC',
  ],
  [
    "select a from m limit 1 offset 2 slimit 3 soffset 4 TZ('Europe/Berlin')",
    "SELECT a FROM m LIMIT 1 OFFSET 2 SLIMIT 3 SOFFSET 4 TZ('Europe/Berlin')",
  ],
  ['select a from m order by desc', 'SELECT a FROM m ORDER BY DESC'],
  ['select a from m order by time', 'SELECT a FROM m ORDER BY time ASC'],
  ['select max(a) from m fill(none)', 'SELECT max(a) FROM m fill(none)'],
  ['select max(a) from m fill(null)', 'SELECT max(a) FROM m'],
  ['select max(a) from m fill(null, 0.5)', 'SELECT max(a) FROM m fill(null, 0.5)'],
  ['select max(a) from m fill(7, 1)', 'SELECT max(a) FROM m fill(7, 1)'],
  ['select max(a) from m fill(-1.25)', 'SELECT max(a) FROM m fill(-1.25)'],
  ["select a from m tz('')", "SELECT a FROM m TZ('UTC')"],
  ['explain analyze select a from m', 'EXPLAIN ANALYZE SELECT a FROM m'],
  ['explain select a from m', 'EXPLAIN SELECT a FROM m'],
  ['explain verbose select verbose from verbose', 'EXPLAIN VERBOSE SELECT verbose FROM verbose'],
  ['explain analyze Verbose select a from m', 'EXPLAIN ANALYZE VERBOSE SELECT a FROM m'],
  // SHOW
  [
    "show measurements on d with measurement =~ /x/ where a='b' order by asc limit 1 offset 2",
    "SHOW MEASUREMENTS ON d WITH MEASUREMENT =~ /x/ WHERE a = 'b' ORDER BY ASC LIMIT 1 OFFSET 2",
  ],
  ['show measurements with measurement = x', 'SHOW MEASUREMENTS WITH MEASUREMENT = x'],
  ["show series on d from rp.m, /x/ where a='b' limit 3", "SHOW SERIES ON d FROM rp.m, /x/ WHERE a = 'b' LIMIT 3"],
  ['show tag keys from m slimit 1 soffset 2', 'SHOW TAG KEYS FROM m SLIMIT 1 SOFFSET 2'],
  ['show tag values with key = "a b"', 'SHOW TAG VALUES WITH KEY = "a b"'],
  [
    'show tag values from m with key in (a, "b c") where x!=\'\' limit 1',
    'SHOW TAG VALUES FROM m WITH KEY IN (a, "b c") WHERE x != \'\' LIMIT 1',
  ],
  ['show tag values with key !~ /a/', 'SHOW TAG VALUES WITH KEY !~ /a/'],
  [
    'show field keys on d from m order by desc limit 1 offset 1',
    'SHOW FIELD KEYS ON d FROM m ORDER BY DESC LIMIT 1 OFFSET 1',
  ],
  ['show retention policies', 'SHOW RETENTION POLICIES'],
  ['show retention policies on "d e"', 'SHOW RETENTION POLICIES ON "d e"'],
  [
    "show series exact cardinality on d from m where a='b' group by x limit 1 offset 2",
    "SHOW SERIES EXACT CARDINALITY ON d FROM m WHERE a = 'b' GROUP BY x LIMIT 1 OFFSET 2",
  ],
  ['show measurement cardinality', 'SHOW MEASUREMENT CARDINALITY'],
  ['show measurement exact cardinality', 'SHOW MEASUREMENT EXACT CARDINALITY'],
  ['show tag key exact cardinality', 'SHOW TAG KEY EXACT CARDINALITY'],
  ['show field key cardinality on d', 'SHOW FIELD KEY CARDINALITY ON d'],
  ['show tag values exact cardinality with key = a', 'SHOW TAG VALUES EXACT CARDINALITY WITH KEY = a'],
  ['show grants for "jo e"', 'SHOW GRANTS FOR "jo e"'],
  ["show stats for 'write'; show diagnostics", "SHOW STATS FOR 'write';\nSHOW DIAGNOSTICS"],
  [
    'show continuous queries; show queries; show shards; show shard groups; show subscriptions',
    'SHOW CONTINUOUS QUERIES;\nSHOW QUERIES;\nSHOW SHARDS;\nSHOW SHARD GROUPS;\nSHOW SUBSCRIPTIONS',
  ],
  // Databases and policies
  ['create database d', 'CREATE DATABASE d'],
  [
    'create database "1d" with duration 24h replication 2 shard duration 90m name p',
    'CREATE DATABASE "1d" WITH DURATION 24h0m0s REPLICATION 2 SHARD DURATION 1h30m0s NAME p',
  ],
  ['create database d with name p', 'CREATE DATABASE d WITH NAME p'],
  [
    'create retention policy p on d duration inf replication 1 shard duration 1w default',
    'CREATE RETENTION POLICY p ON d DURATION 0s REPLICATION 1 SHARD DURATION 1w DEFAULT',
  ],
  [
    'alter retention policy default on d default shard duration 2h',
    'ALTER RETENTION POLICY "default" ON d SHARD DURATION 2h DEFAULT',
  ],
  ['drop database d; drop retention policy p on d', 'DROP DATABASE d;\nDROP RETENTION POLICY p ON d'],
  // Data
  ['delete from /x/, m where time < 5', 'DELETE FROM /x/, m WHERE time < 5'],
  ["drop series where a='b'", "DROP SERIES WHERE a = 'b'"],
  ['drop measurement "m n"; drop shard 3', 'DROP MEASUREMENT "m n";\nDROP SHARD 3'],
  // Continuous queries and subscriptions
  [
    'create continuous query c on d resample every 10s for 1h begin select max(a) into t from m group by time(5m) end',
    'CREATE CONTINUOUS QUERY c ON d RESAMPLE EVERY 10s FOR 1h BEGIN SELECT max(a) INTO t FROM m GROUP BY time(5m) END',
  ],
  [
    'create continuous query c on d begin select a into t from m end',
    'CREATE CONTINUOUS QUERY c ON d BEGIN SELECT a INTO t FROM m END',
  ],
  ['drop continuous query c on d', 'DROP CONTINUOUS QUERY c ON d'],
  [
    "create subscription s on d.p destinations all 'udp://h:9', 'http://x'",
    "CREATE SUBSCRIPTION s ON d.p DESTINATIONS ALL 'udp://h:9', 'http://x'",
  ],
  ['drop subscription s on d.p', 'DROP SUBSCRIPTION s ON d.p'],
  // Users
  [
    "create user u with password 'secret' with all privileges",
    'CREATE USER u WITH PASSWORD [REDACTED] WITH ALL PRIVILEGES',
  ],
  ["set password for u = 'secret'", 'SET PASSWORD FOR u = [REDACTED]'],
  [
    'grant read on d to u; grant all to u; grant all privileges on d to u',
    'GRANT READ ON d TO u;\nGRANT ALL PRIVILEGES TO u;\nGRANT ALL PRIVILEGES ON d TO u',
  ],
  ['revoke write on d from u; revoke all privileges from u', 'REVOKE WRITE ON d FROM u;\nREVOKE ALL PRIVILEGES FROM u'],
  ['drop user u; kill query 36 on "h:8088"', 'DROP USER u;\nKILL QUERY 36 ON "h:8088"'],
];

for (const [query, printed] of readings) {
  void test(`reads ${query}`, () => {
    assert.equal(printQuery(parseQuery(query)), printed);
    if (!printed.includes('[REDACTED]')) assert.equal(printQuery(parseQuery(printed)), printed);
  });
}

const errors: readonly (readonly [query: string, message: string])[] = [
  [
    'a',
    'found a, expected SELECT, DELETE, SHOW, CREATE, DROP, EXPLAIN, GRANT, REVOKE, ALTER, SET, KILL at line 1, char 1',
  ],
  ['show databases show users', 'found SHOW, expected ; at line 1, char 16'],
  [
    'SHOW',
    'found EOF, expected CONTINUOUS, DATABASES, DIAGNOSTICS, FIELD, GRANTS, MEASUREMENT, MEASUREMENTS, QUERIES, RETENTION, ' +
      'SERIES, SHARD, SHARDS, STATS, SUBSCRIPTIONS, TAG, USERS at line 1, char 6',
  ],
  ['create x', 'found x, expected CONTINUOUS, DATABASE, USER, RETENTION, SUBSCRIPTION at line 1, char 8'],
  [
    'drop x',
    'found x, expected CONTINUOUS, DATABASE, MEASUREMENT, RETENTION, SERIES, SHARD, SUBSCRIPTION, USER at line 1, char 6',
  ],
  // Positions
  ['select', 'found EOF, expected identifier, string, number, bool at line 1, char 8'],
  ['select\n  a\r\nfrom\n', 'found EOF, expected identifier at line 4, char 2'],
  ['select "😀" x', 'found x, expected FROM at line 1, char 12'],
  ['select a from m where', 'found EOF, expected identifier, string, number, bool at line 1, char 23'],
  // Strings, names, regexes
  ["select a from m where b = 'x", 'found x, expected identifier, string, number, bool at line 1, char 26'],
  ['select "a from m', 'found a from m, expected identifier, string, number, bool at line 1, char 7'],
  ["select a from m where b = 'x\\y'", 'found \\y, expected identifier, string, number, bool at line 1, char 30'],
  ['select a from m where b =~ /x', 'bad regex:  at line 1, char 27'],
  ['select a from /(/', 'error parsing regexp: missing closing ): `(` at line 1, char 14'],
  ['select a from m where b =~ "x"', 'found x, expected regex at line 1, char 28'],
  ['select a from a.b.c.d', 'too many segments in "a"."b"."c".d at line 1, char 1'],
  ['select a from shard', 'found SHARD, expected identifier at line 1, char 15'],
  ['select a from m where b = 5 §', 'found §, expected ; at line 1, char 29'],
  // Expressions
  ['select a from m where b', 'no error'],
  ['select (a from m', 'found FROM, expected ) at line 1, char 11'],
  ['select max(a from m', 'found FROM, expected ) at line 1, char 14'],
  ['select max (a) from m', 'found (, expected FROM at line 1, char 12'],
  ['select - from m', 'found FROM, expected identifier, number, duration, ( at line 1, char 10'],
  [
    'select a::foo from m',
    'found foo, expected float, integer, unsigned, string, boolean, field, tag at line 1, char 11',
  ],
  ['select *::x from m', 'found x, expected field, tag at line 1, char 11'],
  ['select distinct from m', 'found FROM, expected identifier at line 1, char 17'],
  [
    'select a > 1 from m',
    'invalid operator > in SELECT clause at line 1, char 8; operator is intended for WHERE clause',
  ],
  [
    'select b, max(a AND c) from m',
    'invalid operator AND in SELECT clause at line 1, char 11; operator is intended for WHERE clause',
  ],
  ['select 18446744073709551616 from m', 'unable to parse integer at line 1, char 8'],
  ['select -18446744073709551615 from m', 'constant -18446744073709551615 underflows int64'],
  ['select a from m where time > 5x', 'invalid duration'],
  ['select a from m where time > 1us', 'invalid duration'],
  ['select a from m where time > 20000w', 'overflowed duration 20000w: choose a smaller duration or INF'],
  // Clauses
  ['select a from m group t', 'found t, expected BY at line 1, char 23'],
  ['select a from m order by b', 'only ORDER BY time supported at this time'],
  ['select a from m order by time, b', 'only ORDER BY time supported at this time'],
  ['select a from m order by 5', 'found 5, expected identifier, ASC, DESC at line 1, char 26'],
  ['select a from m limit b', 'found b, expected integer at line 1, char 23'],
  ['select a from m limit 1.5', 'found 1.5, expected integer at line 1, char 23'],
  ['select a from m fill', 'fill must be a function call'],
  ['select a from m fill()', 'fill requires an argument, e.g.: 0, null, none, previous, linear'],
  ['select a from m fill(none, 2)', 'expected a share between 0 and 1 in fill(), found 2'],
  ['select a from m fill(x)', 'expected number argument in fill()'],
  ['select a from m tz', 'tz must be a function call'],
  ["select a from m tz('a', 'b')", 'tz requires exactly one argument'],
  ['select a from m tz(a)', 'expected string argument in tz()'],
  ["select a from m tz('Nowhere/Land')", 'unable to find time zone Nowhere/Land'],
  ['select a into from m', 'found FROM, expected identifier at line 1, char 15'],
  ['select a from (show databases)', 'found SHOW, expected SELECT at line 1, char 16'],
  // Other statements
  ['delete', 'found EOF, expected FROM, WHERE at line 1, char 8'],
  ['delete from rp.m', 'retention policy not supported at line 1, char 1'],
  ['drop series from d..m', 'database not supported at line 1, char 1'],
  ['drop shard x', 'found x, expected integer at line 1, char 12'],
  [
    'drop shard 18446744073709551616',
    'strconv.ParseUint: parsing "18446744073709551616": value out of range at line 1, char 12',
  ],
  ['show tag values', 'found EOF, expected WITH at line 1, char 17'],
  ['show tag values with key > a', 'found >, expected IN, =, =~ at line 1, char 26'],
  ['show tag key', 'found EOF, expected EXACT, CARDINALITY at line 1, char 14'],
  ['show field key exact', 'found EOF, expected CARDINALITY at line 1, char 22'],
  ['show measurements with measurement > x', 'found >, expected =, =~ at line 1, char 36'],
  ['create database d with', 'found EOF, expected DURATION, NAME, REPLICATION, SHARD at line 1, char 24'],
  ['create database d with replication 0', 'invalid value 0: must be 1 <= n <= 2147483647 at line 1, char 36'],
  ['create database d with duration 1', 'found 1, expected duration at line 1, char 33'],
  [
    'create retention policy p on d duration 1h replication 1 shard duration inf',
    'invalid duration INF for shard duration at line 1, char 73',
  ],
  ['alter retention policy p on d', 'found EOF, expected DURATION, REPLICATION, SHARD, DEFAULT at line 1, char 31'],
  ['alter retention policy p on d default default', 'found duplicate DEFAULT option at line 1, char 39'],
  ['create continuous query c on d begin select a from m end', 'found FROM, expected INTO at line 1, char 47'],
  [
    'create continuous query c on d begin select max(a) into t from m end',
    'found m, expected GROUP BY time(...) at line 1, char 64',
  ],
  [
    'create continuous query c on d begin select max(a) into t from m group by time(x) end',
    'found ), expected GROUP BY time(...), time dimension must have duration argument at line 1, char 81',
  ],
  ['create continuous query c on d resample begin', 'found BEGIN, expected EVERY, FOR at line 1, char 41'],
  [
    'create continuous query c on d resample for 1m begin select max(a) into t from m group by time(5m) end',
    'FOR duration must be >= GROUP BY time duration: must be a minimum of 5m, got 1m',
  ],
  ["create subscription s on d . p destinations any 'x'", 'found  , expected . at line 1, char 27'],
  ['create subscription s on d.p destinations some', 'found some, expected ALL, ANY at line 1, char 43'],
  ['grant read to u', 'found TO, expected ON at line 1, char 12'],
  ['grant all u', 'found u, expected ON, TO at line 1, char 11'],
  ['revoke all u', 'found u, expected ON, FROM at line 1, char 12'],
  ['grant x', 'found x, expected READ, WRITE, ALL [PRIVILEGES] at line 1, char 7'],
  ['create user u with password p', 'found p, expected string at line 1, char 29'],
  ['set password for u', 'found EOF, expected = at line 1, char 20'],
  ['explain show databases', 'found SHOW, expected SELECT at line 1, char 9'],
  ['explain "verbose" select a from m', 'found verbose, expected SELECT at line 1, char 9'],
  ['kill query x', 'found x, expected integer at line 1, char 12'],
];

for (const [query, message] of errors) void test(`refuses ${query}`, () => assert.equal(error(query), message));

void test('nesting is bounded, long chains of AND and OR are not', () => {
  const nested = (depth: number): string => `select ${'('.repeat(depth)}a${')'.repeat(depth)} from m`;
  assert.equal(error(nested(390)), 'no error');
  assert.match(error(nested(100_000)), /^query is nested more than 400 levels deep at line 1, char \d+$/);
  assert.match(error(`select a from ${'(select a from '.repeat(5000)}`), /^query is nested more than 400 levels/);
  const chain = (length: number, operator: string): string =>
    `select a from m where ${Array.from({ length }, (_, index) => `v = ${index}`).join(` ${operator} `)}`;
  const long = chain(20_000, 'or');
  assert.equal(
    printQuery(parseQuery(long)),
    long.replace(/select|from|where|or/g, (word) => word.toUpperCase()),
  );
  assert.match(error(`select a from m where ${'1 + '.repeat(5000)}1 = 1`), /^expression has more than 2000 terms/);
});
