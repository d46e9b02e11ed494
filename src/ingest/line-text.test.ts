import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWeirError } from '../base/index.ts';
import { floatText, linePrefix, parseFloat64 } from './line-text.ts';

test('names become the beginning of a line, tags sorted, those without a value left out', () => {
  assert.equal(linePrefix('cpu', [], 'value'), 'cpu value=');
  assert.equal(
    linePrefix(
      'c p,u',
      [
        ['z', '1'],
        ['a b', 'x=y, z'],
        ['none', ''],
        ['Z', 'é'],
      ],
      'f =,',
    ),
    'c\\ p\\,u,Z=é,a\\ b=x\\=y\\,\\ z,z=1 f\\ \\=\\,=',
  );
});

test('names that line protocol cannot say', () => {
  const refused = (measurement: string, tags: readonly (readonly [string, string])[], field = 'value'): void =>
    assert.throws(
      () => linePrefix(measurement, tags, field),
      (error) => isWeirError(error, 'invalid'),
    );
  refused('', []);
  refused('#cpu', []);
  refused('c\npu', []);
  refused('cpu\\', []);
  refused('cpu', [['', 'x']]);
  refused('cpu', [['x', 'y\\']]);
  refused('cpu', [['x', 'y\nz']]);
  refused('cpu', [], '');
  refused('cpu', [], 'a\nb');
});

test("numbers as Go reads them, and as line protocol's floats", () => {
  const cases: readonly (readonly [text: string, value: number | null])[] = [
    ['1', 1],
    ['-1.5', -1.5],
    ['+1.5e3', 1500],
    ['.5', 0.5],
    ['5.', 5],
    ['1E-3', 0.001],
    ['nan', NaN],
    ['NaN', NaN],
    ['inf', Infinity],
    ['+Infinity', Infinity],
    ['-INF', -Infinity],
    ['1e999', null],
    ['', null],
    ['.', null],
    ['1_0', null],
    ['0x10', null],
    ['1e', null],
    ['-nan', null],
    ['1 ', null],
    ['infinit', null],
  ];
  for (const [text, value] of cases) assert.deepEqual(parseFloat64(text), value, text);
  assert.deepEqual([0, -0, 1e21, 1e-7, 0.1].map(floatText), ['0', '-0', '1e+21', '1e-7', '0.1']);
});
