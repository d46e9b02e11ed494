// Every SHOW statement of the language with every clause that it may have: each parses to its kind, prints back as it was
// written, and answers.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { executeQuery } from '../execute.ts';
import { parseQuery } from '../language/parser.ts';
import { printStatement } from '../language/print-statement.ts';
import type { StatementKind } from '../language/statement.ts';
import { type TestNode, openTestNode } from '../test-support/node.ts';
import { printResults } from '../test-support/print-result.ts';

/** InfluxDB's: those of ladders are Weir's own. */
type ShowKind = Exclude<Extract<StatementKind, `show ${string}`>, `show ladder${string}`>;

const CARDINALITY = [
  '',
  ' ON zoo',
  ' FROM visits',
  ' FROM /v/, weights',
  ' ON zoo FROM autogen.visits',
  " WHERE gate = 'north'",
  ' GROUP BY gate, *',
  ' LIMIT 1',
  ' OFFSET 1',
  " ON zoo FROM zoo.autogen.visits WHERE gate =~ /n/ AND gate != '' GROUP BY gate LIMIT 2 OFFSET 1",
];

const SCHEMA = [
  '',
  ' ON zoo',
  ' FROM visits',
  ' FROM /v/, weights',
  " WHERE gate = 'north'",
  ' ORDER BY ASC',
  ' ORDER BY time DESC',
  ' LIMIT 1',
  ' OFFSET 1',
  " ON zoo FROM visits WHERE gate !~ /x/ OR gate = 'y' LIMIT 2 OFFSET 1",
];

const KEYS = [
  ' WITH KEY = gate',
  ' WITH KEY != gate',
  ' WITH KEY =~ /g/',
  ' WITH KEY !~ /g/',
  ' WITH KEY IN (gate, animal)',
];

/** For each kind its words and what may follow them. */
const FORMS: Readonly<Record<ShowKind, readonly string[]>> = {
  'show continuous queries': [''],
  'show databases': [''],
  'show diagnostics': ['', " FOR 'build'"],
  'show field key cardinality': CARDINALITY,
  'show field keys': SCHEMA.filter((clauses) => !clauses.includes('WHERE')),
  'show grants': [' FOR joe'],
  'show measurement cardinality': CARDINALITY,
  'show measurements': [
    ...SCHEMA.filter((clauses) => !clauses.includes('FROM')),
    ' WITH MEASUREMENT = visits',
    ' ON zoo WITH MEASUREMENT =~ /v/',
    " WITH MEASUREMENT = visits WHERE gate = 'north' LIMIT 1",
  ],
  'show queries': [''],
  'show retention policies': ['', ' ON zoo'],
  'show series': SCHEMA,
  'show series cardinality': CARDINALITY,
  'show shard groups': [''],
  'show shards': [''],
  'show stats': ['', " FOR 'indexes'", " FOR 'nothing'"],
  'show subscriptions': [''],
  'show tag key cardinality': CARDINALITY,
  'show tag keys': [...SCHEMA, ' SLIMIT 1', ' SOFFSET 1', ' LIMIT 1 OFFSET 1 SLIMIT 1 SOFFSET 1'],
  'show tag values': [
    ...KEYS,
    " ON zoo FROM visits WITH KEY = gate WHERE gate = 'north' ORDER BY DESC LIMIT 1 OFFSET 1",
  ],
  'show tag values cardinality': [
    ...KEYS,
    " ON zoo FROM visits WITH KEY = gate WHERE gate = 'north' GROUP BY gate LIMIT 1",
  ],
  'show users': [''],
};

let node: TestNode;
before(async () => {
  node = await openTestNode();
  await node.load(
    'zoo',
    undefined,
    'visits,gate=north count=1i 10\nvisits,gate=y count=1i 10\nweights,animal=ape kg=2 10',
  );
  await node.catalog.createUser('joe', 'secret', false);
});
after(() => node.close());

for (const [kind, forms] of Object.entries(FORMS)) {
  void test(kind.toUpperCase(), async () => {
    for (const clauses of forms) for (const text of spellings(kind.toUpperCase(), clauses)) await answers(text, kind);
  });
}

/** EXACT stands before CARDINALITY. */
function spellings(words: string, clauses: string): readonly string[] {
  const exact = words.replace(/CARDINALITY$/, 'EXACT CARDINALITY');
  return exact === words ? [words + clauses] : [words + clauses, exact + clauses];
}

async function answers(text: string, kind: string): Promise<void> {
  const query = parseQuery(text);
  const [statement] = query.statements;
  assert.equal(statement.kind, kind, text);
  assert.equal(printStatement(statement), text);
  const answer = await printResults(executeQuery(query, node.context({ database: 'zoo' })));
  assert.doesNotMatch(answer, /^error/, text);
}
