// Line protocol once more, for tests: as plain as it gets, with strings, regular expressions and BigInt, one rule after
// the other. Bytes are held as the characters U+0000 to U+00FF.
import { isUtf8 } from 'node:buffer';
import type { FieldType } from '../../model/index.ts';
import type { Precision } from '../timestamp.ts';

export interface ReferenceValue {
  readonly type: FieldType;
  readonly value: number | bigint | string | boolean;
}

export interface ReferencePoint {
  readonly measurement: string;
  /** Sorted by key. */
  readonly tags: readonly (readonly [string, string])[];
  readonly fields: ReadonlyMap<string, ReferenceValue>;
  readonly timeNs: bigint;
}

export interface ReferenceResult {
  readonly points: readonly ReferencePoint[];
  /** `number: unable to parse '<line>': <reason>`. */
  readonly errors: readonly string[];
  readonly dropped: readonly string[];
}

export interface ReferenceOptions {
  readonly precision: Precision;
  readonly defaultTimeNs: bigint;
  readonly unsigned: boolean;
}

class Refused extends Error {}
class DroppedPoint extends Error {}

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;
const LIMIT_NS = 2n ** 63n - 2n;
const UNIT_NS: Readonly<Record<Precision, bigint>> = {
  ns: 1n,
  n: 1n,
  us: 1_000n,
  u: 1_000n,
  µ: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

export function referenceParse(body: Uint8Array, options: ReferenceOptions): ReferenceResult {
  const text = Buffer.from(body).toString('latin1');
  const points: ReferencePoint[] = [];
  const errors: string[] = [];
  const dropped: string[] = [];
  for (const [line, number] of splitLines(text)) {
    try {
      points.push(parseLine(line, options));
    } catch (error) {
      if (error instanceof Refused) errors.push(`${number}: unable to parse '${shown(line)}': ${error.message}`);
      else if (error instanceof DroppedPoint) dropped.push(error.message);
      else throw error;
    }
  }
  return { points, errors, dropped };
}

/** Lines that are neither blank nor comments, without leading blanks and line ends, each with its number. */
function* splitLines(text: string): Generator<[string, number]> {
  let at = 0;
  while (at < text.length) {
    const number = text.slice(0, at).split('\n').length;
    while (at < text.length && ' \t\0'.includes(text[at])) at++;
    const end = text[at] === '#' ? simpleEnd(text, at) : lineEnd(text, at);
    const line = text.slice(at, end).replace(/\r$/, '');
    if (line !== '' && line[0] !== '#') yield [line, number];
    at = end + 1;
  }
}

function simpleEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

function lineEnd(text: string, start: number): number {
  let fields = false;
  let quoted = false;
  let balance = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === '\\' && at + 2 < text.length) at++;
    else if (text[at] === '\n' && !quoted) return at;
    else if (text[at] === ' ') fields ||= text[at - 1] !== '\\';
    else if (fields && text[at] === '"' && balance > 0) quoted = !quoted;
    else if (fields && !quoted && text[at] === '=') balance++;
    else if (fields && !quoted && text[at] === ',') balance--;
  }
  return text.length;
}

function parseLine(line: string, options: ReferenceOptions): ReferencePoint {
  if (!isUtf8(Buffer.from(line, 'latin1'))) throw new Refused('invalid UTF-8');
  const key = parseKey(line);
  const fieldsStart = skipBlanks(line, key.end);
  const fieldsEnd = checkValues(line, fieldsStart, options.unsigned);
  const fields = parseFields(line, fieldsStart, fieldsEnd, key.end);
  const timeNs = parseTime(line.slice(skipBlanks(line, fieldsEnd)), options);
  const measurement = utf8(key.measurement.replace(/\\([, ])/g, '$1'));
  const tags = key.tags.map(([name, value]) => [utf8(unescapeTag(name)), utf8(unescapeTag(value))] as const);
  if (tags.some(([name]) => name === 'time')) {
    throw new DroppedPoint(`invalid tag key: input tag "time" on measurement "${measurement}" is invalid`);
  }
  fields.delete('time');
  if (fields.size === 0) {
    throw new DroppedPoint(`invalid field name: input field "time" on measurement "${measurement}" is invalid`);
  }
  return { measurement, tags, fields, timeNs };
}

function skipBlanks(line: string, start: number): number {
  let at = start;
  while (at < line.length && ' \t\0'.includes(line[at])) at++;
  return at;
}

/** The first bare space, comma or one of `more` at or after `start`; -1 = none. */
function bareSeparator(line: string, start: number, more = ''): number {
  for (let at = start; at < line.length; at++) if (` ,${more}`.includes(line[at]) && line[at - 1] !== '\\') return at;
  return -1;
}

interface ReferenceKey {
  readonly measurement: string;
  readonly tags: [string, string][];
  readonly end: number;
}

function parseKey(line: string): ReferenceKey {
  if (line[0] === ',') throw new Refused('missing measurement');
  let end = bareSeparator(line, 1);
  if (end < 0) throw new Refused('missing fields');
  const measurement = line.slice(0, end);
  const tags: [string, string][] = [];
  while (line[end] === ',') {
    const start = end + 1;
    if (start >= line.length || ' ,='.includes(line[start])) throw new Refused('missing tag key');
    const equals = bareSeparator(line, start + 1, '=');
    if (equals < 0 || line[equals] !== '=') throw new Refused('missing tag value');
    if (equals + 1 >= line.length || ' ,'.includes(line[equals + 1])) throw new Refused('missing tag value');
    end = bareSeparator(line, equals + 2, '=');
    if (end < 0) throw new Refused('missing fields');
    if (line[end] === '=') throw new Refused('invalid tag format');
    tags.push([line.slice(start, equals), line.slice(equals + 1, end)]);
  }
  if (tags.some(([, value]) => value[0] === '=')) throw new Refused('invalid tag format');
  if (end > 65535) throw new Refused(`max key length exceeded: ${end} > 65535`);
  tags.sort(([a], [b]) => (unescapeTag(a) < unescapeTag(b) ? -1 : 1));
  if (tags.some(([name], index) => index > 0 && tags[index - 1][0] === name)) throw new Refused('duplicate tags');
  return { measurement, tags, end };
}

function unescapeTag(text: string): string {
  return text.replace(/\\([,= ])/g, '$1');
}

/** The first look at the fields: where they end. */
function checkValues(line: string, start: number, unsigned: boolean): number {
  let quoted = false;
  let equals = 0;
  let commas = 0;
  let at = start;
  for (; at < line.length; at++) {
    if (line[at] === '\\' && at + 1 < line.length) at++;
    else if (line[at] === '"' && equals > commas) quoted = !quoted;
    else if (!quoted && line[at] === '=') {
      equals++;
      if (/[ ,]/.test(line[at - 1]) && line[at - 2] !== '\\') throw new Refused('missing field key');
      if (at + 1 >= line.length || /[ ,]/.test(line[at + 1])) throw new Refused('missing field value');
      if (line[at + 1] === '"') continue;
      const value = /[^ ,]*/.exec(line.slice(at + 1))?.[0] ?? '';
      checkBareValue(value, unsigned);
      at += value.length;
    } else if (!quoted && line[at] === ',') commas++;
    else if (!quoted && line[at] === ' ') break;
  }
  if (quoted) throw new Refused('unbalanced quotes');
  if (equals === 0 || commas !== equals - 1) throw new Refused('invalid field format');
  return Math.min(at, line.length);
}

function checkBareValue(value: string, unsigned: boolean): void {
  if (!/^[-.0-9nN]/.test(value)) {
    if (!/^(t|T|true|True|TRUE|f|F|false|False|FALSE)$/.test(value)) throw new Refused('invalid boolean');
  } else if (/^-?\d+i$/.test(value)) {
    const integer = BigInt(value.slice(0, -1));
    const shown = value.slice(0, -1);
    if (integer > INT64_MAX || integer < INT64_MIN) {
      throw new Refused(`unable to parse integer ${shown}: strconv.ParseInt: parsing "${shown}": value out of range`);
    }
  } else if (/^\d+u$/.test(value) && unsigned) {
    const shown = value.slice(0, -1);
    if (BigInt(shown) > UINT64_MAX) {
      throw new Refused(`unable to parse unsigned ${shown}: strconv.ParseUint: parsing "${shown}": value out of range`);
    }
  } else if (/^-?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(value)) {
    if (!Number.isFinite(Number(value))) throw new Refused('invalid float');
  } else {
    const isScientific = /[eE]/.test(value) && /^-?([\d.]|[eE][-+]?)*$/.test(value) && value.split('.').length <= 2;
    throw new Refused(isScientific ? 'invalid float' : 'invalid number');
  }
}

/** The second look at the fields. */
function parseFields(line: string, start: number, end: number, keyLength: number): Map<string, ReferenceValue> {
  const fields = new Map<string, ReferenceValue>();
  let rest = line.slice(start, end);
  for (;;) {
    let equals = 0;
    while (equals < rest.length && (rest[equals] !== '=' || (equals > 0 && rest[equals - 1] === '\\'))) equals++;
    const name = rest.slice(0, equals);
    if (equals + 1 >= rest.length) throw new Refused(`invalid value: field-key=${utf8(name)}`);
    if (name === '') throw new Refused('missing field key');
    const size = keyLength + 4 + name.length;
    if (size > 65535) throw new Refused(`max key length exceeded: ${size} > 65535`);
    if (/^[,\t\0]|[^\\],/.test(name)) throw new Refused('invalid field format');
    const value = /^("(\\["\\]|\\(?!["\\])|[^"\\])*"|[^," ][^, ]*)/s.exec(rest.slice(equals + 1))?.[0] ?? '';
    const unescaped = utf8(name.replace(/\\([,"= ])/g, '$1'));
    fields.delete(unescaped);
    rest = rest.slice(equals + 1 + value.length);
    if (value === '' || (rest !== '' && rest[0] !== ',')) throw new Refused('invalid field format');
    fields.set(unescaped, valueOf(value));
    if (rest === '') return fields;
    rest = rest.slice(1);
  }
}

function valueOf(text: string): ReferenceValue {
  if (text[0] === '"') return { type: 'string', value: utf8(text.slice(1, -1).replace(/\\(["\\])/g, '$1')) };
  if (/^[tTfF]/.test(text)) return { type: 'boolean', value: /^[tT]/.test(text) };
  if (text.endsWith('i')) return { type: 'integer', value: BigInt(text.slice(0, -1)) };
  if (text.endsWith('u')) return { type: 'unsigned', value: BigInt(text.slice(0, -1)) };
  return { type: 'float', value: Number(text) };
}

function parseTime(rest: string, options: ReferenceOptions): bigint {
  const unit = UNIT_NS[options.precision];
  const [digits] = /^[^ ]*/.exec(rest) ?? [''];
  if (digits === '') return options.defaultTimeNs - (((options.defaultTimeNs % unit) + unit) % unit);
  if (!/^-?\d*$/.test(digits)) throw new Refused('bad timestamp');
  if (digits === '-') throw new Refused('strconv.ParseInt: parsing "-": invalid syntax');
  const ticks = BigInt(digits);
  if (ticks > INT64_MAX || ticks < INT64_MIN) {
    throw new Refused(`strconv.ParseInt: parsing "${digits}": value out of range`);
  }
  const timeNs = ticks * unit;
  if (timeNs > LIMIT_NS || timeNs < -LIMIT_NS) {
    throw new Refused(`time outside range -${LIMIT_NS} - ${LIMIT_NS}`);
  }
  if (/[^ ]/.test(rest.slice(digits.length))) throw new Refused('point is invalid');
  return timeNs;
}

/** The first 1024 bytes, whole characters of them. */
function shown(line: string): string {
  let end = 1024;
  while (end < line.length && /[\x80-\xbf]/.test(line[end])) end--;
  return line.length <= 1024 ? utf8(line) : `${utf8(line.slice(0, end))}…`;
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}
