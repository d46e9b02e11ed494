import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redactPasswords } from './redact.ts';

for (const [query, expected] of [
  ["create user u with password 'secret'", 'create user u with password [REDACTED]'],
  [
    "CREATE USER u WITH PASSWORD 'it\\'s; secret' WITH ALL PRIVILEGES",
    'CREATE USER u WITH PASSWORD [REDACTED] WITH ALL PRIVILEGES',
  ],
  ["set password for u = 'a b'; show users", 'set password for u = [REDACTED]; show users'],
  ['SET PASSWORD FOR "the = user"=secret', 'SET PASSWORD FOR "the = user"=[REDACTED]'],
  ['set password for "u = secret', 'set password for "u = [REDACTED]'],
  ['create user u with password "se cret', 'create user u with password [REDACTED]'],
  ["select password from m where a = 'b'", "select password from m where a = 'b'"],
]) {
  void test(query, () => assert.equal(redactPasswords(query), expected));
}
