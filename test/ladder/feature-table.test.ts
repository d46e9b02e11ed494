// The table of features in the docs: what it says of Weir is held by a test that exists, under the name that the table gives.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

const PAGE = new URL('../../docs/ladders.md', import.meta.url);
const SYSTEMS = 16;

interface Feature {
  readonly name: string;
  /** `[Y](path "name of a test")` and perhaps words behind it. */
  readonly weir: string;
  readonly others: readonly string[];
}

void test('every feature has a cell for each system, and Weir’s names a test that is there', async () => {
  const features = await readFeatures();
  assert.equal(features.length, 25);
  for (const { name, weir, others } of features) {
    assert.equal(others.length, SYSTEMS - 1, name);
    for (const cell of others) assert.match(cell, /^[Yp–?]$/, name);
    const [, path, title] = /^\[[Yp]\]\((\S+) "(.+)"\)/.exec(weir) ?? [];
    assert.ok(path !== undefined && title !== undefined, `${name}: ${weir}`);
    const source = await readFile(new URL(path, PAGE), 'utf8');
    const calls = [...source.matchAll(/\btest\(\s*(['"`])(.*?)\1/g)].map(([, , found]) => found);
    assert.ok(calls.includes(title), `${name}: ${path} has no test "${title}"`);
  }
});

async function readFeatures(): Promise<readonly Feature[]> {
  const lines = (await readFile(PAGE, 'utf8')).split('\n');
  const head = lines.findIndex((line) => line.startsWith('| feature |'));
  const rows = lines.slice(head).filter((line) => line.startsWith('| '));
  return rows.slice(1).map((row) => {
    const [name, weir, ...others] = row.slice(2, -2).split(' | ');
    return { name, weir, others };
  });
}
