import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseInsert } from './insert-line.ts';
import { parseTarget } from './use-target.ts';

test('INSERT [INTO [db.]rp] point', () => {
  const insert = (line: string): string => {
    const { database, policy, point } = parseInsert(line, { database: 'd', policy: 'p' });
    return `${database}|${policy}|${point}`;
  };
  const cases: readonly (readonly [line: string, insert: string])[] = [
    ['INSERT cpu v=1 1', 'd|p| cpu v=1 1'],
    ['insert  into r cpu v=1', 'd|r|cpu v=1'],
    ['INSERT INTO e.r cpu v=1', 'e|r|cpu v=1'],
    ['insert into "e x"."r.y" cpu v=1', 'e x|r.y|cpu v=1'],
    ['insert into "q\\"t" cpu v=1', 'd|q"t|cpu v=1'],
    ['insert into,host=a v=1', 'd|p|,host=a v=1'],
    ['insert into_x v=1', 'd|p| into_x v=1'],
  ];
  for (const [line, expected] of cases) assert.equal(insert(line), expected, line);
});

test('USE db.rp', () => {
  const cases: readonly (readonly [text: string, database: string | null, policy?: string])[] = [
    ['d', 'd', ''],
    [' d ', 'd', ''],
    ['d.r', 'd', 'r'],
    ['"a.b"."c d"', 'a.b', 'c d'],
    ['a.b.c', null],
  ];
  for (const [text, database, policy] of cases) {
    assert.deepEqual(parseTarget(text), database === null ? null : { database, policy }, text);
  }
});
