import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { runScript } from '../test-support/script.ts';

const directory = join(import.meta.dirname, 'scripts');
for (const file of await readdir(directory)) {
  void test(`script ${file}`, async () => {
    await runScript(file, await readFile(join(directory, file), 'utf8'));
  });
}
