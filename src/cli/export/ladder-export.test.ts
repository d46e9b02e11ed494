// Exports of databases with ladders: what only tiers still know goes along, and comes out of the import as it was.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HOUR, MINUTE, SECOND } from '../../model/index.ts';
import { exported, newWeir, tempDir, weir, write } from '../test-support/export-commands.ts';
import { queryInflux } from '../test-support/influxd.ts';

const RETENTION_OFTEN = { '--storage-retention-interval': '300ms' };

interface Status {
  readonly tier: string;
  readonly dirty: number | null;
  readonly backfill: number | null;
  readonly watermark: string | null;
}

/** Once no window that is over is missing from any tier. */
async function settled(url: string): Promise<void> {
  for (let wait = 0; wait < 200; wait++) {
    const answer = await fetch(`${url}/api/ladders?db=d`);
    const { ladders } = (await answer.json()) as { readonly ladders: readonly { readonly tiers: readonly Status[] }[] };
    const [, ...tiers] = ladders[0].tiers;
    const isDone = tiers.every(({ dirty, backfill }) => dirty === 0 && backfill === 1);
    if (isDone && tiers.every(({ watermark }) => Date.parse(watermark ?? '') > Date.now() - 5 * 3_600_000)) return;
    await sleep(50);
  }
  assert.fail('the ladder does not come to an end');
}

/** Resolves once the base has nothing of this time any more. */
async function expired(url: string, timeNs: bigint): Promise<void> {
  for (let wait = 0; wait < 200; wait++) {
    const query = `SELECT count(v) FROM d.autogen.m WHERE time <= ${timeNs}`;
    const parameters = new URLSearchParams({ q: query, stored: 'points' });
    const answer = (await (await fetch(`${url}/query?${parameters.toString()}`)).json()) as {
      readonly results: readonly { readonly series?: unknown }[];
    };
    if (answer.results[0].series === undefined) return;
    await sleep(50);
  }
  assert.fail('points do not expire');
}

/** Points a minute apart over 12 hours, of fields of all types. */
function points(endNs: bigint): string {
  const lines: string[] = [];
  for (let minute = 12 * 60; minute > 0; minute--) {
    const timeNs = endNs - BigInt(minute) * MINUTE;
    const fields = `v=${Math.sin(minute) * 100},n=${minute * minute}i,s="x${minute % 7}",b=${minute % 3 === 0}`;
    for (const host of ['a', String.raw`b\ c`]) lines.push(`m,host=${host} ${fields} ${timeNs}`);
  }
  return lines.join('\n');
}

/** Lines, without points that may expire between two exports. */
function lasting(text: string, endNs: bigint): readonly string[] {
  const isLasting = (line: string): boolean => {
    const [, timeNs] = / (\d{19})$/.exec(line) ?? [];
    return timeNs === undefined || line.includes(':count=') || BigInt(timeNs) > endNs - 30n * MINUTE;
  };
  return text.split('\n').filter(isLasting);
}

/** Tells of a difference only where it is. */
function assertSame(actual: readonly string[], expected: readonly string[], when: string): void {
  const at = expected.findIndex((line, index) => line !== actual[index]);
  if (at >= 0) assert.equal(actual[at], expected[at], when);
  assert.equal(actual.length, expected.length, when);
}

test('a ladder is exported with the windows that only its tiers know, and imported as it was', async (t) => {
  const dir = await tempDir(t);
  const from = await newWeir(t, join(dir, 'from'), RETENTION_OFTEN);
  // All windows of ten minutes are over, and stay what they are.
  const endNs = ((BigInt(Date.now()) * 1_000_000n) / (10n * MINUTE) - 1n) * 10n * MINUTE;
  await queryInflux(
    from.url,
    `CREATE DATABASE d WITH SHARD DURATION 1h;
     CREATE RETENTION POLICY hours ON d DURATION INF REPLICATION 1;
     CREATE LADDER l ON d '1m:inf,10m:inf,4h:inf' NAMES 'tens', 'hours' STATES (v) stddev, percentile, counter LATENESS 0s`,
  );
  await write(from.url, 'd', points(endNs));
  await write(from.url, 'd', `m mean_v=7 ${endNs - 5n * HOUR}`, 'hours');
  await settled(from.url);
  // The base lets go of all but the last hours: the middle of a window of four hours, perhaps.
  await queryInflux(
    from.url,
    `ALTER LADDER l ON d '1m:1h,10m:inf,4h:inf' NAMES 'tens', 'hours' STATES (v) stddev, percentile, counter LATENESS 0s`,
  );
  await expired(from.url, endNs - 8n * HOUR);
  await write(from.url, 'd', `m,host=a v=1000 ${endNs - 10n * HOUR}`);
  await settled(from.url);
  const text = await exported(from.url, dir);
  assert.ok(text.includes("\nCREATE LADDER l ON d '1m:1h,10m:inf,4h:inf' NAMES 'tens', 'hours'"), text.slice(0, 600));
  assert.ok(!text.includes('CREATE RETENTION POLICY tens'), 'the ladder makes it');
  assert.ok(text.includes('CREATE RETENTION POLICY hours'), 'it was there before');
  assert.match(text, /# CONTEXT-RETENTION-POLICY:autogen\n# CONTEXT-STORED:late\nm,host=a v=1000 \d+\n/);
  assert.match(text, /# CONTEXT-RETENTION-POLICY:hours\n# CONTEXT-STORED:points\nm mean_v=7 \d+\n/);
  assert.match(text, /# CONTEXT-RETENTION-POLICY:states of hours\n# CONTEXT-STORED:states\nm,host=a b:count=/);

  const to = await newWeir(t, join(dir, 'to'), RETENTION_OFTEN);
  for (const time of ['first', 'second']) {
    const { code, out, err } = await weir('import', join(dir, 'export.txt'), '--host', to.url);
    assert.deepEqual([code, err], [0, ''], `${time}: ${out}`);
    await settled(to.url);
    assertSame(lasting(await exported(to.url, dir), endNs), lasting(text, endNs), time);
    await exported(from.url, dir);
  }
  // What comes from now on does the same to both.
  for (const { url } of [from, to]) {
    await write(url, 'd', `m,host=a v=-1000 ${endNs - 10n * HOUR + SECOND}`);
    await write(url, 'd', `m,host=a v=5,n=1i ${endNs - 20n * MINUTE + SECOND}`);
    await settled(url);
  }
  const after = lasting(await exported(from.url, dir), endNs);
  assert.notDeepEqual(after, lasting(text, endNs));
  assertSame(lasting(await exported(to.url, dir), endNs), after, 'after what came later');
});

test('what is no window is not taken for one', async (t) => {
  const dir = await tempDir(t);
  const { url } = await newWeir(t, join(dir, 'data'));
  await queryInflux(url, `CREATE DATABASE d; CREATE LADDER l ON d '1m:1d,10m:inf' NAMES 'tens'`);
  const whole = 'm v:count=1i,v:sum=2,v:min=2,v:max=2 600000000000';
  const faults: readonly (readonly [parameters: string, line: string, message: RegExp])[] = [
    ['rp=tens&stored=states', whole.replace('600', '601'), /no window of tier "tens" begins at 601000000000/],
    ['rp=tens&stored=states', 'm v=1 600000000000', /"v" of type float is no state of a field/],
    ['rp=tens&stored=states', whole.replace('1i', '1'), /"v:count" of type float is no state/],
    ['rp=tens&stored=states', whole.replace('v:min=2', 'v:min="2"'), /"v:min" of type string is no state/],
    ['rp=tens&stored=states', whole.replace(',v:min=2', ''), /a window of field "v" is not whole/],
    ['rp=tens&stored=states', whole.replace('v:count=1i,', ''), /a window of field "v" is not whole/],
    ['rp=tens&stored=states', `${whole}\nm,h=a v:count=1i 600000000000`, /a window of field "v" is not whole/],
    ['rp=autogen&stored=states', whole, /"autogen" of "d" is no tier of a ladder/],
    ['rp=tens&stored=late', whole, /"tens" of "d" is no base of a ladder/],
    ['rp=tens&stored=all', whole, /expected one of points, late, states as "stored", found "all"/],
  ];
  for (const [parameters, body, message] of faults) {
    const answer = await fetch(`${url}/write?db=d&${parameters}`, { method: 'POST', body });
    const { error } = (await answer.json()) as { readonly error: string };
    assert.match(error, message);
    assert.ok(answer.status >= 400, body);
  }
  const none = await weir('export', '--host', url, '--out', join(dir, 'none'), '--lponly');
  assert.match(none.err, /^warning: d: windows of tiers are no points.*\n(?:d\/.*: 0 points\n)*exported 0 points/);
  await write(url, 'd', whole.replaceAll('v:', 'a\\ b:'), 'tens&stored=states');
  const one = await exported(url, dir, '--database', 'd', '--retention', 'tens', '--lponly');
  assert.equal(one, 'm a\\ b=2 600000000000\n');
});
