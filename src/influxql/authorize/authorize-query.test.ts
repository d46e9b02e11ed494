import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Privilege, User } from '../../catalog/index.ts';
import { parseQuery } from '../language/parser.ts';
import { authorizeQuery } from './authorize-query.ts';

function userWith(grants: Readonly<Record<string, Privilege>>, admin = false): User {
  return { name: 'u', admin, passwordHash: '', grants: new Map(Object.entries(grants)) };
}

/** With db `a` in the request: what is lacking, or '' when the query may run. */
function lacking(text: string, grants: Readonly<Record<string, Privilege>>): string {
  try {
    authorizeQuery(parseQuery(text), userWith(grants), 'a', true);
    return '';
  } catch (error) {
    const { message } = error as Error;
    const match = /^error authorizing query: u not authorized to execute statement '.*', requires (.*)$/s.exec(message);
    assert.ok(match, message);
    return match[1];
  }
}

/** What each statement needs, each of which must be refused by name as soon as it is missing. */
const CASES: readonly (readonly [text: string, ...needed: string[]])[] = [
  ['SELECT v FROM m', 'READ a'],
  ['SELECT v FROM b..m', 'READ b'],
  ['SELECT v FROM b.r./x/, c..m', 'READ b', 'READ c'],
  ['SELECT max(v) FROM (SELECT v FROM b..m WHERE v > 1), m', 'READ b', 'READ a'],
  ['SELECT v INTO x FROM m', 'READ a', 'WRITE a'],
  ['SELECT v INTO b..x FROM m', 'READ a', 'WRITE b'],
  ['SELECT v INTO b.r.:MEASUREMENT FROM c../x/', 'READ c', 'WRITE b'],
  ['EXPLAIN SELECT v FROM b..m', 'READ b'],
  ['EXPLAIN ANALYZE SELECT v INTO b..x FROM m', 'READ a', 'WRITE b'],
  ['DELETE FROM m', 'WRITE a'],
  ['DELETE WHERE time < 0', 'WRITE a'],
  ['DROP SERIES FROM m', 'WRITE a'],
  ['DROP RETENTION POLICY r ON b', 'WRITE b'],
  ['DROP CONTINUOUS QUERY q ON b', 'WRITE b'],
  ['CREATE CONTINUOUS QUERY q ON b BEGIN SELECT mean(v) INTO x FROM m GROUP BY time(1m) END', 'READ b', 'WRITE b'],
  [
    'CREATE CONTINUOUS QUERY q ON b BEGIN SELECT mean(v) INTO c..x FROM d..m GROUP BY time(1m) END',
    'READ b',
    'READ d',
    'WRITE c',
  ],
  ['SHOW DATABASES'],
  ['SHOW CONTINUOUS QUERIES', 'READ a'],
  ['SHOW QUERIES', 'READ a'],
  ['SHOW MEASUREMENTS', 'READ a'],
  ['SHOW MEASUREMENTS ON b', 'READ b'],
  ['SHOW SERIES', 'READ a'],
  ['SHOW SERIES ON b FROM m', 'READ b'],
  ['SHOW SERIES ON b FROM c..m', 'READ b', 'READ c'],
  ['SHOW MEASUREMENTS ON b WITH MEASUREMENT =~ /x/', 'READ b'],
  ['SHOW TAG KEYS', 'READ a'],
  ['SHOW TAG KEYS ON b', 'READ b'],
  ['SHOW TAG VALUES WITH KEY = k', 'READ a'],
  ['SHOW TAG VALUES ON b WITH KEY = k', 'READ b'],
  ['SHOW FIELD KEYS', 'READ a'],
  ['SHOW FIELD KEYS ON b', 'READ b'],
  ['SHOW FIELD KEYS FROM b..m', 'READ a', 'READ b'],
  ['SHOW RETENTION POLICIES', 'READ a'],
  ['SHOW RETENTION POLICIES ON b', 'READ b'],
  ['SHOW SERIES CARDINALITY', 'READ a'],
  ['SHOW SERIES CARDINALITY ON b', 'READ b'],
  ['SHOW SERIES EXACT CARDINALITY ON b', 'READ b'],
  ['SHOW SERIES EXACT CARDINALITY ON b FROM c..m', 'READ b', 'READ c'],
  ['SHOW MEASUREMENT CARDINALITY ON b', 'READ b'],
  ['SHOW MEASUREMENT EXACT CARDINALITY ON b FROM m', 'READ b'],
  ['SHOW TAG KEY CARDINALITY ON b', 'READ b'],
  ['SHOW TAG KEY EXACT CARDINALITY ON b', 'READ b'],
  ['SHOW TAG VALUES CARDINALITY ON b WITH KEY = k', 'READ b'],
  ['SHOW TAG VALUES EXACT CARDINALITY ON b WITH KEY = k', 'READ b'],
  ['SHOW FIELD KEY CARDINALITY ON b', 'READ b'],
  ['SHOW FIELD KEY EXACT CARDINALITY', 'READ a'],
];

test('what each statement needs', () => {
  for (const [text, ...needed] of CASES) {
    const grants: Record<string, Privilege> = {};
    for (const each of needed) {
      const [privilege, database] = each.split(' ') as [Privilege, string];
      assert.equal(lacking(text, grants), `${privilege} on ${database}`, text);
      // The other right is not enough, nor is one that was revoked.
      const other = privilege === 'READ' ? 'WRITE' : 'READ';
      if (grants[database] === undefined) {
        assert.equal(lacking(text, { ...grants, [database]: other }), `${privilege} on ${database}`, text);
      }
      assert.equal(
        lacking(text, { ...grants, [database]: grants[database] ?? 'NO PRIVILEGES' }),
        `${privilege} on ${database}`,
      );
      grants[database] = grants[database] === undefined ? privilege : 'ALL PRIVILEGES';
    }
    assert.equal(lacking(text, grants), '', text);
    const all = Object.fromEntries(Object.keys(grants).map((database) => [database, 'ALL PRIVILEGES' as const]));
    assert.equal(lacking(text, all), '', text);
  }
});

test('the rest is for administrators', () => {
  const everything: Record<string, Privilege> = { a: 'ALL PRIVILEGES', b: 'ALL PRIVILEGES', '': 'ALL PRIVILEGES' };
  for (const text of [
    'CREATE DATABASE b',
    'DROP DATABASE b',
    'CREATE RETENTION POLICY r ON b DURATION 1d REPLICATION 1',
    'ALTER RETENTION POLICY r ON b DEFAULT',
    'DROP MEASUREMENT m',
    'DROP SHARD 1',
    'SHOW SHARDS',
    'SHOW SHARD GROUPS',
    'SHOW STATS',
    'SHOW DIAGNOSTICS',
    "CREATE SUBSCRIPTION s ON b.r DESTINATIONS ALL 'udp://h:1'",
    'DROP SUBSCRIPTION s ON b.r',
    'SHOW SUBSCRIPTIONS',
    "CREATE USER x WITH PASSWORD 'y'",
    'DROP USER x',
    "SET PASSWORD FOR u = 'y'",
    'GRANT READ ON b TO u',
    'REVOKE READ ON b FROM u',
    'GRANT ALL TO u',
    'REVOKE ALL FROM u',
    'SHOW USERS',
    'SHOW GRANTS FOR u',
    'KILL QUERY 1',
  ]) {
    assert.equal(lacking(text, everything), 'admin privilege', text);
    authorizeQuery(parseQuery(text), userWith({}, true), '', true);
  }
});

test('one statement without the right stops all; what the error prints holds no password', () => {
  assert.equal(lacking('SHOW DATABASES; SELECT v FROM m; SELECT v FROM b..m', { a: 'READ' }), 'READ on b');
  assert.throws(() => authorizeQuery(parseQuery("SET PASSWORD FOR u = 'secret'"), userWith({}), '', true), {
    code: 'forbidden',
    message:
      "error authorizing query: u not authorized to execute statement 'SET PASSWORD FOR u = [REDACTED]', requires admin privilege",
  });
});

test('without a database in the request the error names none', () => {
  assert.throws(() => authorizeQuery(parseQuery('SELECT v FROM m'), userWith({ a: 'READ' }), '', true), {
    message: "error authorizing query: u not authorized to execute statement 'SELECT v FROM m', requires READ on ",
  });
});

test('before there is a user, only an administrator can be made', () => {
  const refused = {
    code: 'forbidden',
    message: 'error authorizing query: create admin user first or disable authentication',
  };
  const first = (text: string): void => authorizeQuery(parseQuery(text), undefined, '', false);
  first("CREATE USER u WITH PASSWORD 'p' WITH ALL PRIVILEGES");
  for (const text of [
    'SHOW DATABASES',
    "CREATE USER u WITH PASSWORD 'p'",
    "SHOW DATABASES; CREATE USER u WITH PASSWORD 'p' WITH ALL PRIVILEGES",
  ]) {
    assert.throws(() => first(text), refused, text);
  }
});

test('with users but no administrator nothing runs', () => {
  for (const text of ['SHOW DATABASES', "CREATE USER u WITH PASSWORD 'p' WITH ALL PRIVILEGES"]) {
    assert.throws(() => authorizeQuery(parseQuery(text), undefined, '', true), {
      code: 'forbidden',
      message: 'error authorizing query: no user provided',
    });
  }
});
