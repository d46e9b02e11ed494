import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isWeirError } from '../base/index.ts';
import type { Logger } from '../http/index.ts';
import { AccessLogFile } from './access-log-file.ts';
import { Closers } from './closers.ts';
import { httpLog } from './http-log.ts';
import { loadSettings } from './load-settings.ts';
import { createLogger } from './logger.ts';

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} };

async function logOf(flags: Readonly<Record<string, string>>) {
  const lines: string[] = [];
  const { settings } = await loadSettings({ flags, environment: { HOME: '/home/me' }, file: null });
  return { lines, log: httpLog(settings, { write: (line) => lines.push(line) }, quiet, new Closers()) };
}

test('requests are logged only when that is wanted, to standard error without a file', async () => {
  assert.equal((await logOf({})).log.accessLog, null);
  const { lines, log } = await logOf({ '--http-log-enabled': 'true', '--http-headers': 'A: 1,B:x: y' });
  log.accessLog?.write('line');
  assert.deepEqual(
    [lines, log.headers],
    [
      ['[httpd] line\n'],
      [
        ['A', '1'],
        ['B', 'x: y'],
      ],
    ],
  );
});

test('what cannot be meant is refused with the name of the setting', async () => {
  const cases: readonly (readonly [flag: string, value: string, text: RegExp])[] = [
    ['--http-access-log-status-filters', '4x', /^http\.access-log-status-filters: status filter "4x"/],
    ['--http-headers', 'none', /^http\.headers: expected NAME: VALUE, got "none"/],
    ['--http-headers', 'a b: c', /^http\.headers: Header name must be a valid HTTP token/],
  ];
  for (const [flag, value, text] of cases)
    await assert.rejects(
      logOf({ [flag]: value }),
      (error) => isWeirError(error, 'invalid') && text.test(error.message),
    );
});

test('the file is found anew when it was moved away, and a disk that fails is told of once', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'weir-access-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const told: string[] = [];
  const tell = (fields: unknown, text: string): void => void told.push(`${text} ${JSON.stringify(fields)}`);
  const path = join(dir, 'access.log');
  const flushed = async (...lines: string[]): Promise<void> => {
    for (const line of lines) file.write(line);
    await file.close();
  };
  const file = new AccessLogFile(path, { ...quiet, warn: tell, error: tell });
  await flushed('one', 'two');
  await rename(path, `${path}.1`);
  await flushed('three');
  assert.equal(await readFile(`${path}.1`, 'utf8'), 'one\ntwo\n');
  assert.equal(await readFile(path, 'utf8'), 'three\n');
  await rename(path, `${path}.2`);
  await mkdir(path);
  await flushed('lost');
  await flushed('lost', 'too');
  await rm(path, { recursive: true });
  await flushed('four');
  assert.equal(await readFile(path, 'utf8'), 'four\n');
  assert.equal(told.length, 2);
  assert.match(told[0], /^requests cannot be logged .*EISDIR/);
  assert.match(told[1], /^requests are logged again; some were not .*"lines":3/);
});

test('logfmt', () => {
  const lines: string[] = [];
  const logger = createLogger({ level: 'info', format: 'logfmt' }, { write: (line) => lines.push(line) });
  logger.warn({ path: '/a b', count: 3, text: 'plain' }, 'it "is" so');
  logger.error({ err: new Error('x') }, 'failed');
  assert.match(lines[0], /^ts=\d{4}-\S+Z lvl=warn msg="it \\"is\\" so" path="\/a b" count=3 text=plain\n$/);
  assert.match(lines[1], /lvl=error msg=failed error=x stack="Error: x\\n/);
});
