import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageOf } from '../../base/index.ts';
import { parseParameters } from './parameters.ts';
import { parseQuery } from './parser.ts';
import { printQuery } from './print-statement.ts';

function bind(query: string, json: string): string {
  try {
    return printQuery(parseQuery(query, parseParameters(json)));
  } catch (error) {
    return messageOf(error);
  }
}

for (const [query, json, expected] of [
  ['SELECT v FROM m WHERE h = $h', '{"h":"it\'s"}', "SELECT v FROM m WHERE h = 'it\\'s'"],
  [
    'SELECT v FROM m WHERE v > $n AND w > $f',
    '{"n":9007199254740993,"f":1.5}',
    'SELECT v FROM m WHERE v > 9007199254740993 AND w > 1.500',
  ],
  ['SELECT v FROM m WHERE b = $t OR b = $f', '{"t":true,"f":false}', 'SELECT v FROM m WHERE b = true OR b = false'],
  ['SELECT $f FROM $"the m"', '{"f":{"identifier":"a b"},"the m":{"ident":"m"}}', 'SELECT "a b" FROM m'],
  [
    'SELECT v FROM m WHERE h =~ $r GROUP BY $r',
    '{"r":{"regex":"a/b"}}',
    'SELECT v FROM m WHERE h =~ /a\\/b/ GROUP BY /a\\/b/',
  ],
  [
    'SELECT max(v) FROM m GROUP BY time($d), time($e)',
    '{"d":{"duration":"10m"},"e":{"duration":60000000000}}',
    'SELECT max(v) FROM m GROUP BY time(10m), time(1m)',
  ],
  ['SELECT v FROM m LIMIT $l', '{"l":{"integer":3}}', 'SELECT v FROM m LIMIT 3'],
  [
    'SELECT v FROM m WHERE v = $a OR v = $b',
    '{"a":{"float":2},"b":{"number":2.5}}',
    'SELECT v FROM m WHERE v = 2.000 OR v = 2.500',
  ],
  ['SELECT v FROM m WHERE v = $a', '{"a":{"string":"x"}}', "SELECT v FROM m WHERE v = 'x'"],
  ['SELECT v FROM m WHERE v = $a', '{"a":{"boolean":true}}', 'SELECT v FROM m WHERE v = true'],
  ['SELECT v FROM m WHERE v = $a', '{"a":-5}', 'SELECT v FROM m WHERE v = -5'],
  // Errors appear where the parameter is used
  ['SELECT v FROM m', '{"a":null}', 'SELECT v FROM m'],
  ['SELECT v FROM m WHERE h = $h', '{}', 'missing parameter: h'],
  ['SELECT v FROM m WHERE h = $', '{}', 'empty bound parameter'],
  ['SELECT v FROM $m', '{"m":"cpu"}', 'found cpu, expected identifier at line 1, char 15'],
  ['SELECT v FROM m LIMIT $l', '{}', 'found $l, expected integer at line 1, char 23'],
  ['SELECT v FROM m WHERE v = $a', '{"a":null}', 'unable to bind parameter with type <nil>'],
  ['SELECT v FROM m WHERE v = $a', '{"a":[1]}', 'unable to bind parameter with type []interface {}'],
  [
    'SELECT v FROM m WHERE v = $a',
    '{"a":{"float":1,"int":1}}',
    'bound object parameter value must have exactly one entry',
  ],
  ['SELECT v FROM m WHERE v = $a', '{"a":{"integer":1.5}}', 'integer literal must be an integer value'],
  ['SELECT v FROM m WHERE v = $a', '{"a":{"float":"x"}}', 'number literal must be a float value'],
  ['SELECT v FROM m WHERE v = $a', '{"a":{"regex":1}}', 'regex literal must be a string value'],
  ['SELECT v FROM m WHERE v = $a', '{"a":{"duration":true}}', 'duration literal must be a string or integer value'],
  ['SELECT v FROM m WHERE v = $a', '{"a":{"tag":"x"}}', 'unknown bind object type: tag'],
  [
    'SELECT v FROM m WHERE h =~ $r',
    '{"r":{"regex":"("}}',
    'error parsing regexp: missing closing ): `(` at line 1, char 28',
  ],
  ['SELECT v FROM m', '[]', 'error parsing query parameters: expected an object'],
  ['SELECT v FROM m', '{"a":1e3}', 'error parsing query parameters: "1e3" is neither an integer nor a decimal number'],
  [
    'SELECT v FROM m',
    '{"a":9223372036854775808}',
    'error parsing query parameters: integer 9223372036854775808 is out of range',
  ],
]) {
  void test(`${query} with ${json}`, () => assert.equal(bind(query, json), expected));
}

void test('params that are not JSON', () => {
  assert.match(bind('SELECT v FROM m', '{'), /^error parsing query parameters: /);
});
