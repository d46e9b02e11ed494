import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readScript } from './script.ts';

/** The parts of a script; commands stand in angle brackets. */
function parts(text: string): string[] {
  return readScript(text).parts.map((part) => (part.kind === 'command' ? `<${part.text}>` : part.text));
}

const CQ =
  'CREATE CONTINUOUS QUERY q ON d BEGIN\n SELECT mean(*) INTO d.r.:MEASUREMENT FROM /.*/ GROUP BY time(10s), * END';

test('statements without semicolons get them at the ends of lines', () => {
  const cases: readonly (readonly [text: string, query: string])[] = [
    ['SHOW DATABASES', 'SHOW DATABASES'],
    ['SHOW DATABASES\n', 'SHOW DATABASES\n'],
    ['SHOW DATABASES\nSHOW USERS', 'SHOW DATABASES;\nSHOW USERS'],
    ['SHOW DATABASES;\nSHOW USERS;\n', 'SHOW DATABASES;\nSHOW USERS;\n'],
    ['SHOW DATABASES -- all\nSHOW USERS', 'SHOW DATABASES; -- all\nSHOW USERS'],
    ['SHOW DATABASES /* a\nb */ SHOW USERS', 'SHOW DATABASES; /* a\nb */ SHOW USERS'],
    ['show databases\r\nshow users\r\n', 'show databases;\nshow users\n'],
    [`${CQ}\nCREATE DATABASE d`, `${CQ};\nCREATE DATABASE d`],
    ['SELECT a\nFROM b\nWHERE c = 1\n\n\nSHOW USERS', 'SELECT a\nFROM b\nWHERE c = 1;\n\n\nSHOW USERS'],
    [
      'SELECT mean(v) FROM m GROUP BY time(1m)\nfill(0)\nSHOW USERS',
      'SELECT mean(v) FROM m GROUP BY time(1m)\nfill(0);\nSHOW USERS',
    ],
    ['SELECT v FROM /a;b/\nSHOW USERS', 'SELECT v FROM /a;b/;\nSHOW USERS'],
    [
      "SELECT v FROM m WHERE s = 'x;\\'y' LIMIT 1\nDROP SERIES\nFROM m",
      "SELECT v FROM m WHERE s = 'x;\\'y' LIMIT 1;\nDROP SERIES\nFROM m",
    ],
    [
      "CREATE USER u WITH PASSWORD 'p'\nWITH ALL PRIVILEGES\nGRANT ALL ON d TO u",
      "CREATE USER u WITH PASSWORD 'p'\nWITH ALL PRIVILEGES;\nGRANT ALL ON d TO u",
    ],
    ['EXPLAIN\nSELECT v FROM m', 'EXPLAIN\nSELECT v FROM m'],
    ['', ''],
    ['-- nothing\n', '-- nothing\n'],
    [';;', ';;'],
  ];
  for (const [text, query] of cases) {
    assert.deepEqual([parts(text), readScript(text).fault], [[query], null], JSON.stringify(text));
  }
});

test('commands of the shell stand between queries', () => {
  const cases: readonly (readonly [text: string, parts: readonly string[]])[] = [
    ['USE d\nSHOW SERIES', ['<USE d>', '\nSHOW SERIES']],
    ['CREATE DATABASE d\nUSE d', ['CREATE DATABASE d;', '<USE d>']],
    ['CREATE DATABASE d; USE d; SHOW SERIES', ['CREATE DATABASE d; ', '<USE d>', ' SHOW SERIES']],
    ['use "a;b" ; precision s', ['<use "a;b">', '<precision s>']],
    ['INSERT cpu,host=a s="x;y" 1;\ninsert cpu v=1', ['<INSERT cpu,host=a s="x;y" 1>', '<insert cpu v=1>']],
    ['SHOW SERIES\nexit\nSHOW USERS', ['SHOW SERIES;\n', '<exit>', '\nSHOW USERS']],
    ['SELECT v FROM m -- c\nformat csv', ['SELECT v FROM m; -- c\n', '<format csv>']],
  ];
  for (const [text, expected] of cases) {
    const found = parts(text);
    assert.deepEqual(
      found.map((part) => part.trim()),
      expected.map((part) => part.trim()),
      text,
    );
  }
});

test('what does not parse is left to the server as it is, with its place known', () => {
  const cases: readonly (readonly [text: string, fault: string])[] = [
    ['SHOW DATABASES\nSHOW FOO\nSHOW USERS', 'found FOO, expected CONTINUOUS'],
    ['USE d\nSELEC x', 'found SELEC, expected SELECT'],
    ['SHOW DATABASES SHOW USERS', 'found SHOW, expected ; at line 1, char 16'],
    ['SELECT v FROM m /* open', 'at line 1, char'],
    ["SELECT v FROM m WHERE s = 'open\nSHOW USERS", 'found open, expected identifier'],
    ['USE d\nSHOW DATABASES\nnonsense', 'found nonsense, expected ; at line 3, char 1'],
  ];
  for (const [text, fault] of cases) {
    const script = readScript(text);
    assert.ok(script.fault?.includes(fault), `${text}: ${script.fault}`);
    assert.equal(
      script.parts
        .map((part) => part.text)
        .join('')
        .replaceAll(/[;\s]/g, ''),
      text.replaceAll(/[;\s]/g, ''),
    );
  }
});
