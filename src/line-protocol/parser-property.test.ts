// The parser against a plain one: random bodies, most of them in the plain spelling that the fast path takes, some odd,
// some damaged byte by byte. Every body is parsed twice, as the second time its keys are known.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeriesTable } from '../model/index.ts';
import { type ParseResult, parseLineProtocol } from './parser.ts';
import { batchRows, referenceRow } from './test-support/rows.ts';
import { type Random, seededRandom } from './test-support/random.ts';
import { randomBody } from './test-support/random-lines.ts';
import { type ReferenceOptions, referenceParse } from './test-support/reference-parser.ts';
import type { Precision } from './timestamp.ts';

const seed = Number(process.env.WEIR_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const PRECISIONS: readonly Precision[] = ['ns', 'n', 'us', 'u', 'µ', 'ms', 's', 'm', 'h'];

function parse(body: Uint8Array, series: SeriesTable, options: ReferenceOptions): ParseResult {
  return parseLineProtocol(body, { ...options, series, maxErrors: 1_000_000 });
}

/** Errors as the reference gives them. */
function errorsOf(result: ParseResult): string[] {
  return result.errors.map(({ line, text }) => `${line}: ${text}`);
}

function droppedOf(result: ParseResult): string[] {
  return result.dropped.flatMap(({ count, reason }) => Array.from({ length: count }, () => reason));
}

/** The rows of each series and time in their order: the last value of a field will win. */
function sequences(rows: readonly string[]): Map<string, string[]> {
  const bySeries = new Map<string, string[]>();
  for (const row of rows) {
    const point = row.slice(0, row.search(/(?<!\\) /)) + row.slice(row.lastIndexOf(' '));
    bySeries.set(point, [...(bySeries.get(point) ?? []), row]);
  }
  return bySeries;
}

function compare(body: Uint8Array, series: SeriesTable, options: ReferenceOptions): void {
  const expected = referenceParse(body, options);
  const rows = expected.points.map(referenceRow);
  for (const sight of ['first', 'second']) {
    const result = parse(body, series, options);
    const actual = batchRows(result.batch, series);
    const about = `${sight} parse of ${JSON.stringify(Buffer.from(body).toString('latin1'))}`;
    assert.deepEqual([...actual].sort(), [...rows].sort(), about);
    assert.deepEqual(sequences(actual), sequences(rows), about);
    assert.deepEqual(errorsOf(result), expected.errors, about);
    assert.deepEqual(droppedOf(result).sort(), [...expected.dropped].sort(), about);
    assert.equal(result.rowCount, rows.length);
    assert.equal(result.errorCount, expected.errors.length);
    assert.equal(result.droppedCount, expected.dropped.length);
  }
}

function randomOptions(random: Random): ReferenceOptions {
  return {
    precision: random.pick(PRECISIONS),
    defaultTimeNs: BigInt(random.below(2) === 0 ? 1_500_000_000_123_456_789n : -1_234_567_891n),
    unsigned: random.below(4) > 0,
  };
}

/** One series table for many bodies, so that keys, spellings and orders are known from earlier ones. */
function compareMany(
  name: string,
  bodies: number,
  oddness: number,
  damage: (random: Random, body: Uint8Array) => Uint8Array,
): void {
  test(`${name} (WEIR_TEST_SEED=${seed})`, () => {
    const random = seededRandom(seed);
    let series = new SeriesTable();
    for (let index = 0; index < bodies; index++) {
      if (index % 50 === 0) series = new SeriesTable();
      const body = damage(random, randomBody(random, 1 + random.below(20), oddness));
      compare(body, series, randomOptions(random));
    }
  });
}

function flipBytes(random: Random, body: Uint8Array, pick: () => number): Uint8Array {
  const bytes = [...body];
  for (let count = 1 + random.below(3); count > 0; count--) {
    const at = random.below(bytes.length + 1);
    bytes.splice(at, random.below(3), ...Array.from({ length: random.below(3) }, pick));
  }
  return Uint8Array.from(bytes);
}

compareMany('plain lines', 400, 0, (_, body) => body);
compareMany('lines that are seldom odd', 800, 1, (_, body) => body);
compareMany('odd lines', 600, 5, (_, body) => body);
compareMany('lines with damaged grammar', 1500, 1, (random, body) =>
  flipBytes(random, body, () => random.pick([...'\\\\",= \n\r\t\0#ie.-+utT0159x'].map((char) => char.charCodeAt(0)))),
);
compareMany('lines with any byte', 500, 2, (random, body) => flipBytes(random, body, () => random.below(256)));
compareMany('a body that ends anywhere', 400, 2, (random, body) => body.subarray(0, random.below(body.length + 1)));
