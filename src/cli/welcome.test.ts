import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQuery } from '../influxql/index.ts';
import { welcomeText } from './welcome.ts';

const FACTS = {
  version: '1.2.3',
  address: '127.0.0.1:8086',
  dataDir: '/d',
  hostMetrics: true,
  https: false,
  authentication: false,
};

test('it says where the server and its data are, and three commands to try', () => {
  const text = welcomeText(FACTS);
  assert.match(text, /^Weir 1\.2\.3 listens on http:\/\/127\.0\.0\.1:8086 and keeps its data in \/d$/m);
  assert.equal(text.match(/^ {2}curl /gm)?.length, 3);
  assert.match(text, /database host/);
});

test('every query that it shows can be parsed', () => {
  for (const [hostMetrics, authentication] of [
    [true, false],
    [false, false],
    [true, true],
  ]) {
    const queries = [
      ...welcomeText({ ...FACTS, hostMetrics, authentication }).matchAll(/["']q=([^"]+?)["'](?:$| &&)/gm),
    ].map((match) => match[1]);
    assert.ok(queries.length >= 2);
    for (const query of queries) assert.equal(parseQuery(query).statements.length, 1, query);
  }
});

test('over HTTPS the address says so', () => {
  assert.match(welcomeText({ ...FACTS, https: true }), /listens on https:\/\/127\.0\.0\.1:8086 /);
});

test('an address of all interfaces is shown as one that can be reached', () => {
  for (const address of ['[::]:99', '0.0.0.0:99']) {
    assert.match(welcomeText({ ...FACTS, address }), /http:\/\/127\.0\.0\.1:99 /);
  }
});
