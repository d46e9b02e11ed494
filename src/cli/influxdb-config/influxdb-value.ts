// Values of a 1.x configuration as Weir's settings take them. In a file they have TOML's types, in the environment they are text.
import { parseDuration, formatDuration } from '../../model/index.ts';
import type { InfluxdbKind } from './influxdb-key.ts';

/** undefined = the default is meant, as for an empty duration. Throws an Error that says what was expected. */
export function readInfluxdbValue(kind: InfluxdbKind, raw: unknown): unknown {
  switch (kind) {
    case 'text':
      return checked(typeof raw === 'string', raw, 'a text');
    case 'texts':
      return checked(Array.isArray(raw) && raw.every((each) => typeof each === 'string'), raw, 'a list of texts');
    case 'boolean':
      return checked(typeof raw === 'boolean', raw, 'true or false');
    case 'integer':
      return checked(Number.isSafeInteger(raw), raw, 'a whole number');
    case 'size':
      return checked(Number.isSafeInteger(raw) || isSizeText(raw), raw, 'a size such as 25m, or a number of bytes');
    case 'duration':
      return durationText(checked(typeof raw === 'string', raw, 'a duration such as 30s'));
    case 'nanoseconds':
      return typeof raw === 'number' ? formatDuration(BigInt(raw)) : readInfluxdbValue('duration', raw);
    case 'group':
      return String(
        checked(typeof raw === 'string' || Number.isSafeInteger(raw), raw, 'the name or number of a group'),
      );
    case 'headers':
      return headerTexts(raw);
  }
}

/** What a variable's text is in TOML's types, as Go reads it; text that is none of them stays for the check to refuse. */
export function rawOfText(kind: InfluxdbKind, text: string): unknown {
  switch (kind) {
    case 'boolean':
      if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true;
      return /^(?:0|f|F|FALSE|false|False)$/.test(text) ? false : text;
    case 'integer':
    case 'nanoseconds':
    case 'group':
      return /^-?(?:0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : text;
    case 'texts':
      return text.split(',');
    default:
      return text;
  }
}

function checked<T>(holds: boolean, raw: unknown, expected: string): T {
  if (!holds) throw new Error(`expected ${expected}, got ${JSON.stringify(raw)}`);
  return raw as T;
}

function isSizeText(raw: unknown): boolean {
  return typeof raw === 'string' && /^\d+[kmg]?$/i.test(raw);
}

const GO_UNITS: ReadonlyMap<string, string> = new Map([
  ['us', 'u'],
  ['µs', 'u'],
  ['μs', 'u'],
]);

/** `1h0m0s` -> `1h`, `1.5s` -> `1500ms`, `0` -> `0s`; less than a millisecond is rounded up to one. */
function durationText(text: string): string | undefined {
  if (text === '') return undefined;
  if (text === '0') return '0s';
  const parts = /^(?:\d+(?:\.\d*)?(?:ns|us|µs|μs|ms|s|m|h))+$/.test(text) ? text.match(/[\d.]+[^\d.]+/g) : null;
  if (parts === null) throw new Error(`expected a duration such as 30s or 1h30m, got ${JSON.stringify(text)}`);
  let totalNs = 0n;
  for (const part of parts) {
    const [, number, unit] = /^([\d.]+)(.+)$/.exec(part) as RegExpExecArray;
    const unitNs = parseDuration(`1${GO_UNITS.get(unit) ?? unit}`);
    const [whole, fraction = ''] = number.split('.');
    totalNs += BigInt(whole) * unitNs + (BigInt(fraction || '0') * unitNs) / 10n ** BigInt(fraction.length);
  }
  return totalNs > 0n && totalNs < 1_000_000n ? '1ms' : formatDuration(totalNs);
}

function headerTexts(raw: unknown): readonly string[] {
  const isTable = typeof raw === 'object' && raw !== null && !Array.isArray(raw);
  if (!isTable) throw new Error(`expected a section of names and texts, got ${JSON.stringify(raw)}`);
  return Object.entries(raw).map(([name, value]) => {
    if (typeof value !== 'string') throw new Error(`expected a text for ${name}, got ${JSON.stringify(value)}`);
    return `${name}: ${value}`;
  });
}
