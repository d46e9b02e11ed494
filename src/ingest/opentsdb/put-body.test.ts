import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWeirError } from '../../base/index.ts';
import { putLines } from './put-body.ts';

function becomes(body: string, text: string, invalidCount = 0): void {
  test(`put: ${body}`, () => {
    const lines = putLines(body);
    assert.deepEqual([lines.text, lines.invalidCount], [text, invalidCount]);
    assert.equal(lines.points, text.split('\n').length - 1);
  });
}

function refused(body: string, reason: RegExp): void {
  test(`put refused: ${body}`, () => {
    assert.throws(
      () => putLines(body),
      (error) => isWeirError(error, 'invalid') && reason.test(error.message),
    );
  });
}

const POINT = '{"metric":"m","timestamp":1356998400,"value":1}';
becomes(POINT, 'm value=1 1356998400000000000\n');
becomes(`[${POINT},${POINT.replace('"m"', '"n"')}]`, 'm value=1 1356998400000000000\nn value=1 1356998400000000000\n');
becomes('[]', '');
becomes(
  ' {"metric":"m","timestamp":1356998400123,"value":-0.5,"tags":{"b":"x y","a":"1","empty":""}}',
  'm,a=1,b=x\\ y value=-0.5 1356998400123000000\n',
);
becomes('{"metric":"m","timestamp":9999999999,"value":1}', 'm value=1 9999999999000000000\n');
becomes('{"metric":"m","timestamp":10000000000,"value":1}', 'm value=1 10000000000000000\n');
becomes('{"metric":"m","timestamp":0,"value":1,"tags":null}', 'm value=1 0\n');
becomes('{"metric":"m","timestamp":-5,"value":1}', 'm value=1 -5000000000\n');
becomes(`[{"metric":"","timestamp":1,"value":1},${POINT}]`, 'm value=1 1356998400000000000\n', 1);
refused('', /^expected JSON array or hash$/);
refused('m 1 2', /^expected JSON array or hash$/);
refused('{"metric"', /^json object decode error: /);
refused('[{}', /^json array decode error: /);
refused(`[${POINT},5]`, /^json array decode error: point 2: expected an object$/);
refused('{"timestamp":1,"value":1}', /^json object decode error: point 1: metric must be a text$/);
refused('{"metric":"m","value":1}', /timestamp must be a whole number/);
refused('{"metric":"m","timestamp":"1","value":1}', /timestamp must be a whole number/);
refused('{"metric":"m","timestamp":1.5,"value":1}', /timestamp must be a whole number/);
refused('{"metric":"m","timestamp":1e30,"value":1}', /timestamp must be a whole number/);
refused('{"metric":"m","timestamp":1}', /value must be a number/);
refused('{"metric":"m","timestamp":1,"value":"1"}', /value must be a number/);
refused('{"metric":"m","timestamp":1,"value":1e999}', /value must be a number/);
refused('{"metric":"m","timestamp":1,"value":1,"tags":["a"]}', /tags must be an object/);
refused('{"metric":"m","timestamp":1,"value":1,"tags":{"a":1}}', /tags must be texts/);
