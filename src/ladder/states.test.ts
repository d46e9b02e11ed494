// The laws of states: whichever way points are cut into windows, and windows joined to longer ones, the states are those of
// all points. Integers exactly; floats within what rounding leaves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeSketch, valueOfRank } from '../base/index.ts';
import { type BatchColumn, type FieldType, type OptionalState, SECOND } from '../model/index.ts';
import { fromBatch } from './input-column.ts';
import { NumberStates } from './number-states.ts';
import { RowBuilder } from './row-builder.ts';
import { type StateName, parseStateColumn } from './state-columns.ts';
import { TextStates } from './text-states.ts';
import { WindowGrid } from './window-grid.ts';

type Value = number | bigint | string;
type Columns = ReadonlyMap<StateName, BatchColumn>;
type States = NumberStates | TextStates;

const KEEP: ReadonlySet<OptionalState> = new Set(['first', 'last', 'stddev', 'percentile', 'counter']);
const GRID = new WindowGrid(SECOND, null);

function newStates(type: FieldType): States {
  return type === 'string' || type === 'boolean' ? new TextStates('v', type) : new NumberStates('v', type, KEEP);
}

/** What a window is written as. */
function closed(states: States): Columns {
  const out = new RowBuilder('m');
  states.close(0, out, out.addRow(0, 0));
  const [{ tables }] = out.take(GRID, 10);
  return new Map(tables[0].columns.map((column) => [parseStateColumn(column.name)?.state ?? 'true', column]));
}

function stateOf(type: FieldType, points: readonly Value[]): Columns {
  const states = newStates(type);
  for (const point of points) {
    const column = new RowBuilder('m');
    column.set(column.addRow(0, 0), 'v', type, point);
    states.addPoint(0, fromBatch(column.take(GRID, 1)[0].tables[0].columns[0], 1), 0);
  }
  return closed(states);
}

/** Windows in order of time as one. */
function join(type: FieldType, parts: readonly Columns[]): Columns {
  const states = newStates(type);
  for (const part of parts) {
    const inputs = Object.fromEntries([...part].map(([name, column]) => [name, fromBatch(column, 1)]));
    assert.ok(states.addStates(0, inputs, 0));
  }
  return closed(states);
}

function valuesOf(columns: Columns): ReadonlyMap<StateName, Value> {
  return new Map(
    [...columns].map(([name, column]): readonly [StateName, Value] => {
      const { numbers, wide, strings, type } = column;
      if (strings !== null) {
        return [name, Buffer.from(strings.text).toString('utf8', strings.starts[0], strings.ends[0])];
      }
      if (wide === null) return [name, numbers[0]];
      return [name, type === 'unsigned' ? BigInt.asUintN(64, wide[0]) : wide[0]];
    }),
  );
}

/** Those that depend on the order of adding in their last digits. */
const ROUNDED: ReadonlySet<StateName> = new Set(['sum', 'm2', 'increase']);

/** `size`: the sum of all magnitudes; rounding is measured by it. */
function assertSame(actual: Columns, expected: Columns, type: FieldType, size = 0, only?: readonly StateName[]): void {
  const values = valuesOf(actual);
  const others = valuesOf(expected);
  assert.deepEqual([...values.keys()].sort(), [...others.keys()].sort());
  for (const [name, value] of values) {
    if (only !== undefined && !only.includes(name)) continue;
    const other = others.get(name);
    const isRounded = name === 'm2' || (type === 'float' && ROUNDED.has(name));
    if (!isRounded) assert.equal(String(value), String(other), name);
    else {
      const scale = name === 'm2' ? size * size : size;
      assert.ok(Math.abs(Number(value) - Number(other)) <= 1e-12 * scale, `${name}: ${value} and ${other}`);
    }
  }
}

interface Kind {
  readonly type: FieldType;
  readonly value: fc.Arbitrary<Value>;
}

const KINDS: readonly Kind[] = [
  { type: 'float', value: fc.double({ noNaN: true, min: -1e9, max: 1e9 }) },
  { type: 'integer', value: fc.integer() },
  { type: 'integer', value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(narrowed) },
  { type: 'unsigned', value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(narrowed) },
  { type: 'unsigned', value: fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 3n }).map(narrowed) },
  { type: 'string', value: fc.string() },
  { type: 'boolean', value: fc.integer({ min: 0, max: 1 }) },
];

/** As columns have them: a number where that is exact. */
function narrowed(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function sizeOf(points: readonly Value[]): number {
  return points.reduce<number>((sum, value) => sum + (typeof value === 'string' ? 0 : Math.abs(Number(value))), 0);
}

function forEachKind(law: (kind: Kind, parts: readonly (readonly Value[])[]) => void): void {
  for (const kind of KINDS) {
    const part = fc.array(kind.value, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(part, { minLength: 3, maxLength: 6 }), (parts) => law(kind, parts)),
      { numRuns: 60 },
    );
  }
}

test('level independence: the states of any cut of the points are those of all points', () =>
  forEachKind(({ type }, parts) => {
    const whole = stateOf(type, parts.flat());
    const fine = parts.map((points) => stateOf(type, points));
    assertSame(join(type, fine), whole, type, sizeOf(parts.flat()));
    const coarse = [join(type, fine.slice(0, 2)), join(type, fine.slice(2))];
    assertSame(join(type, coarse), whole, type, sizeOf(parts.flat()));
  }));

test('joining is associative', () =>
  forEachKind(({ type }, parts) => {
    const [a, b, c] = parts.map((points) => stateOf(type, points));
    const left = join(type, [join(type, [a, b]), c]);
    assertSame(left, join(type, [a, join(type, [b, c])]), type, sizeOf(parts.flat()));
  }));

test('count, sum, min, max, m2, sketch and true come out the same in any order', () =>
  forEachKind(({ type }, parts) => {
    const states = parts.map((points) => stateOf(type, points));
    const only: readonly StateName[] = ['count', 'sum', 'min', 'max', 'm2', 'sketch', 'true'];
    assertSame(join(type, states.toReversed()), join(type, states), type, sizeOf(parts.flat()), only);
  }));

test('a window that counts nothing changes nothing, wherever it stands', () =>
  forEachKind(({ type }, parts) => {
    const [a, b] = parts.map((points) => stateOf(type, points));
    const names = [...a.keys()];
    const nothing: Columns = new Map(
      names.map((name) => {
        const row = new RowBuilder('m');
        const { type: own } = a.get(name) as BatchColumn;
        row.set(row.addRow(0, 0), `v:${name}`, own, own === 'string' ? '' : 0);
        return [name, row.take(GRID, 1)[0].tables[0].columns[0]];
      }),
    );
    const both = join(type, [a, b]);
    for (const parts of [
      [nothing, a, b],
      [a, nothing, b],
      [a, b, nothing],
    ]) {
      assertSame(join(type, parts), both, type, 0);
    }
    assertSame(join(type, [a]), a, type, 0);
  }));

test('integers are exact beyond 2^53 and wrap at 64 bits, as sums of InfluxDB do', () => {
  for (const { type, value } of KINDS.filter((kind) => kind.type === 'integer' || kind.type === 'unsigned')) {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 40 }), (points) => {
        const exact = points.map(BigInt);
        const wrap = (sum: bigint): bigint => (type === 'unsigned' ? BigInt.asUintN(64, sum) : BigInt.asIntN(64, sum));
        const ascending = exact.toSorted((a, b) => (a < b ? -1 : 1));
        const grown = exact.slice(1).reduce((sum, next, at) => sum + (next >= exact[at] ? next - exact[at] : next), 0n);
        const found = valuesOf(stateOf(type, points));
        const expected: readonly (readonly [StateName, bigint | undefined])[] = [
          ['count', BigInt(exact.length)],
          ['sum', wrap(exact.reduce((sum, next) => sum + next, 0n))],
          ['min', ascending[0]],
          ['max', ascending.at(-1)],
          ['first', exact[0]],
          ['last', exact.at(-1)],
          ['increase', wrap(grown)],
        ];
        for (const [name, state] of expected) assert.equal(String(found.get(name)), String(state), name);
      }),
    );
  }
});

test('squared distances: 1e-12 of the exact ones, whichever way points were cut', () => {
  const parts = fc.array(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 60 }), {
    minLength: 2,
    maxLength: 20,
  });
  fc.assert(
    fc.property(parts, (cut) => {
      const points = cut.flat();
      const count = BigInt(points.length);
      const sum = points.reduce((total, value) => total + BigInt(value), 0n);
      const squares = points.reduce((total, value) => total + BigInt(value) ** 2n, 0n);
      const exact = Number(count * squares - sum ** 2n) / points.length;
      for (const type of ['float', 'integer'] as const) {
        const fine = cut.map((part) => stateOf(type, part));
        for (const columns of [stateOf(type, points), join(type, fine)]) {
          const found = Number(valuesOf(columns).get('m2'));
          assert.ok(Math.abs(found - exact) <= 1e-12 * exact, `${found} instead of ${exact}`);
        }
      }
    }),
  );
});

test('squared distances of integers whose sums leave 64 bits, over three levels', () => {
  for (const type of ['integer', 'unsigned'] as const) {
    const value = fc.bigInt(
      type === 'integer' ? { min: -(2n ** 63n), max: 2n ** 63n - 1n } : { min: 0n, max: 2n ** 64n - 1n },
    );
    const near = fc.bigInt({ min: 2n ** 63n - 2n ** 50n, max: 2n ** 63n - 1n });
    const part = fc.array(fc.oneof(value, near), { minLength: 1, maxLength: 10 });
    const parts = fc.array(fc.array(part, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(parts, (cut) => {
        const points = cut.flat(2);
        const count = BigInt(points.length);
        const sum = points.reduce((total, point) => total + point, 0n);
        const squares = points.reduce((total, point) => total + point ** 2n, 0n);
        const exact = Number(count * squares - sum ** 2n) / points.length;
        const middle = cut.map((finer) =>
          join(
            type,
            finer.map((fine) => stateOf(type, fine.map(narrowed))),
          ),
        );
        const found = Number(valuesOf(join(type, middle)).get('m2'));
        // Points are doubles when they are measured: each is up to 2^10 beside itself.
        const rounding = 2 ** 11 * Math.sqrt(points.length * exact) + points.length * 2 ** 22;
        assert.ok(Math.abs(found - exact) <= 1e-12 * exact + rounding, `${found} instead of ${exact}`);
      }),
    );
  }
});

test('a mean that was left behind by a row before it counts for nothing', () => {
  const max = 2n ** 63n - 1n;
  const wrapped = stateOf('integer', [max, max, max - 9n]);
  const plain = stateOf('integer', [3, 4, 8]);
  const stale = new Map([...plain, ['mean', wrapped.get('mean') as BatchColumn] as const]);
  assert.ok(wrapped.has('mean') && !plain.has('mean'));
  assertSame(join('integer', [stale, plain]), join('integer', [plain, plain]), 'integer', 30);
});

test('sketches: joined ones are those of all points; every rank within 1 %', () =>
  forEachKind(({ type }, parts) => {
    if (type === 'string' || type === 'boolean') return;
    const points = parts.flat();
    const text = valuesOf(
      join(
        type,
        parts.map((part) => stateOf(type, part)),
      ),
    ).get('sketch');
    const sketch = decodeSketch(String(text));
    const ascending = points.map(Number).toSorted((a, b) => a - b);
    for (const [index, value] of ascending.entries()) {
      const found = valueOfRank(sketch, index + 1);
      assert.ok(
        Math.abs(found - value) <= 0.0101 * Math.abs(value) + 1e-290,
        `rank ${index + 1}: ${found}, not ${value}`,
      );
    }
  }));
