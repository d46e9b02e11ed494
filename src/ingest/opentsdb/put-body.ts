// The body of OpenTSDB's /api/put to lines of line protocol: one point, or an array of them.
//
//     {"metric": "sys.cpu.user", "timestamp": 1356998400, "value": 42.5, "tags": {"host": "webserver01"}}
//
// Times from 10^10 on are milliseconds.
import { WeirError, messageOf } from '../../base/index.ts';
import { floatText, linePrefix } from '../line-text.ts';
import { nanosZeros } from './telnet-line.ts';

export interface PutLines {
  readonly text: string;
  readonly points: number;
  /** Points with names that cannot be stored. */
  readonly invalidCount: number;
  /** The reason for the first of them. */
  readonly invalid: string;
}

const FIRST_MILLISECOND_TIME = 10_000_000_000;

/** Throws `invalid`, naming the point, when the body is not as it should be: then none of its points is stored. */
export function putLines(body: string): PutLines {
  const first = body.trimStart()[0];
  if (first !== '{' && first !== '[') throw new WeirError('invalid', 'expected JSON array or hash');
  const fault = first === '[' ? 'json array decode error' : 'json object decode error';
  const read = parseJson(body, fault);
  const points = Array.isArray(read) ? read : [read];
  let text = '';
  let pointCount = 0;
  let invalidCount = 0;
  let invalid = '';
  points.forEach((point: unknown, index) => {
    const { metric, tags, rest } = readPoint(point, `${fault}: point ${index + 1}`);
    try {
      text += `${linePrefix(metric, tags, 'value')}${rest}\n`;
      pointCount++;
    } catch (error) {
      if (invalidCount++ === 0) invalid = messageOf(error);
    }
  });
  return { text, points: pointCount, invalidCount, invalid };
}

function parseJson(text: string, fault: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new WeirError('invalid', `${fault}: ${messageOf(error)}`, error);
  }
}

interface PutPoint {
  readonly metric: string;
  readonly tags: readonly (readonly [key: string, value: string])[];
  /** Value and time. */
  readonly rest: string;
}

function readPoint(point: unknown, place: string): PutPoint {
  const expect = (condition: boolean, what: string): void => {
    if (!condition) throw new WeirError('invalid', `${place}: ${what}`);
  };
  expect(typeof point === 'object' && point !== null && !Array.isArray(point), 'expected an object');
  const { metric, timestamp, value, tags } = point as Readonly<Record<string, unknown>>;
  expect(typeof metric === 'string', 'metric must be a text');
  expect(Number.isSafeInteger(timestamp), 'timestamp must be a whole number');
  expect(Number.isFinite(value), 'value must be a number');
  expect(tags === undefined || (typeof tags === 'object' && !Array.isArray(tags)), 'tags must be an object');
  const entries = Object.entries((tags ?? {}) as Readonly<Record<string, unknown>>);
  expect(
    entries.every(([, each]) => typeof each === 'string'),
    'tags must be texts',
  );
  const isMilliseconds = Number(timestamp) >= FIRST_MILLISECOND_TIME;
  const time = Number(timestamp) === 0 ? '0' : `${Number(timestamp)}${nanosZeros(isMilliseconds)}`;
  return {
    metric: String(metric),
    tags: entries as [string, string][],
    rest: `${floatText(Number(value))} ${time}`,
  };
}
