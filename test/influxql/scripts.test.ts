// SELECT as plain text: every script in this folder on a node of its own. README.md has the format.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runScript } from '../../src/influxql/test-support/script.ts';

const directory = import.meta.dirname;
for (const file of (await readdir(directory)).filter((name) => name.endsWith('.txt'))) {
  void test(`script ${file}`, async () => {
    await runScript(file, await readFile(join(directory, file), 'utf8'));
  });
}
