// Random tables for the tests: several shards, overlapping times between series, nulls, negative times, wide integers, fields
// whose type differs from shard to shard, rows cut into chunks with odd bases.
import type { FieldType, SeriesChunk, TimeRange } from '../../model/index.ts';
import { type ArrayTable, type Cell, type Row, arrayTable, chunkOfRows } from './array-tables.ts';
import type { Random } from './random.ts';

export interface RandomData {
  readonly tables: readonly ArrayTable[];
  readonly seriesIds: Int32Array;
  /** From the start of the first shard to the end of the last. */
  readonly range: TimeRange;
  /** Shorter than this no two rows of a series lie apart. */
  readonly stepNs: bigint;
}

/** The fields of every table; `mixed` has another type in each shard. */
export const FIELDS: ReadonlyMap<string, FieldType | 'mixed'> = new Map([
  ['float', 'float'],
  ['whole', 'float'],
  ['integer', 'integer'],
  ['wide', 'integer'],
  ['unsigned', 'unsigned'],
  ['boolean', 'boolean'],
  ['string', 'string'],
  ['mixed', 'mixed'],
]);

const STEPS: readonly bigint[] = [1n, 7n, 1_000_000_000n, 86_400_000_000_000n];

export interface DataShape {
  readonly shards?: number;
  readonly series?: number;
  /** At most so many rows of a series in a shard. */
  readonly rows?: number;
  readonly withStats?: boolean;
  readonly mixedTypes?: readonly FieldType[];
}

export function randomData(random: Random, shape: DataShape = {}): RandomData {
  const shards = shape.shards ?? random.integer(1, 4);
  const series = shape.series ?? random.integer(1, 6);
  const rows = shape.rows ?? 40;
  const stepNs = random.pick(STEPS);
  const spanNs = stepNs * BigInt(2 * rows + random.integer(0, 10));
  const startNs = random.pick([0n, -spanNs, -3n * spanNs - 5n, 1_700_000_000_000_000_000n]);
  const seriesIds = new Set<number>();
  while (seriesIds.size < series) seriesIds.add(random.integer(0, 60));
  const tables = Array.from({ length: shards }, (_, index) => {
    const shardStart = startNs + BigInt(index) * spanNs;
    const shard = { startNs: shardStart, endNs: shardStart + spanNs };
    return randomTable(random, shard, stepNs, [...seriesIds], rows, shape);
  });
  const range = { startNs, endNs: startNs + BigInt(shards) * spanNs };
  return { tables, seriesIds: Int32Array.from(seriesIds), range, stepNs };
}

function randomTable(
  random: Random,
  shard: TimeRange,
  stepNs: bigint,
  seriesIds: readonly number[],
  rows: number,
  shape: DataShape,
): ArrayTable {
  const mixed = random.pick<FieldType>(shape.mixedTypes ?? ['float', 'integer', 'unsigned', 'string', 'boolean']);
  const fields = new Map<string, FieldType>();
  for (const [name, type] of FIELDS) if (random.chance(0.9)) fields.set(name, type === 'mixed' ? mixed : type);
  const series = new Map<number, SeriesChunk[]>();
  for (const id of seriesIds) {
    if (random.chance(0.15)) continue;
    const list = randomRows(random, shard, stepNs, random.integer(1, rows), fields);
    series.set(id, cutIntoChunks(random, list, [...fields.values()]));
  }
  return arrayTable({ shard, fields, series, withStats: shape.withStats ?? false });
}

function randomRows(
  random: Random,
  shard: TimeRange,
  stepNs: bigint,
  count: number,
  fields: ReadonlyMap<string, FieldType>,
): Row[] {
  const slots = Number((shard.endNs - shard.startNs) / stepNs);
  const chosen = new Set<number>();
  while (chosen.size < Math.min(count, slots)) chosen.add(random.integer(0, slots - 1));
  const nulls = random.pick([0, 0, 0.3, 0.9]);
  const nullFields = new Set([...fields.keys()].filter(() => random.chance(0.5)));
  return [...chosen]
    .sort((a, b) => a - b)
    .map((slot) => ({
      timeNs: shard.startNs + BigInt(slot) * stepNs,
      cells: [...fields].map(([name, type]) =>
        nullFields.has(name) && random.chance(nulls) ? null : randomCell(random, name, type),
      ),
    }));
}

function randomCell(random: Random, name: string, type: FieldType): Cell {
  switch (type) {
    case 'float':
      return name === 'whole' ? random.integer(-50, 50) : (random.next() - 0.5) * 1000;
    case 'integer':
      if (name !== 'wide') return BigInt(random.integer(-20, 20));
      return random.chance(0.5)
        ? BigInt(random.integer(-3, 3))
        : BigInt.asIntN(64, BigInt(random.integer(-4, 4)) * 2n ** 61n + BigInt(random.integer(-2, 2)));
    case 'unsigned':
      return random.chance(0.7) ? BigInt(random.integer(0, 9)) : 2n ** 64n - 1n - BigInt(random.integer(0, 3));
    case 'boolean':
      return random.chance(0.5);
    case 'string':
      return random.pick(['', 'a', 'b', 'ab', 'ü', '\u{1f600}', '\uffee']);
  }
}

function cutIntoChunks(random: Random, rows: readonly Row[], types: readonly FieldType[]): SeriesChunk[] {
  const chunks: SeriesChunk[] = [];
  for (let start = 0; start < rows.length; ) {
    let end = Math.min(rows.length, start + random.integer(1, random.pick([3, 20, 200])));
    while (rows[end - 1].timeNs - rows[start].timeNs > 2n ** 52n) end--;
    const part = rows.slice(start, end);
    const baseNs = part[0].timeNs + BigInt(random.pick([0, 0, -12345, 4321]));
    chunks.push(chunkOfRows(part, types, baseNs));
    start = end;
  }
  return chunks;
}
