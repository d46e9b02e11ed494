// A shard of files that overlap in every way, and what is to be read from it: maps that the same writes and deletes were
// applied to in turn.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FieldType } from '../../../model/index.ts';
import type { Value } from './encode-block.ts';
import {
  type KeyBlocks,
  type Tombstone,
  encodeTombstones,
  encodeTsm,
  walDelete,
  walDeleteRange,
  walWrite,
} from './encode-files.ts';

/** `series#!~#field type` -> time -> value. */
export type Model = Map<string, Map<bigint, Value>>;

interface Key {
  readonly key: string;
  readonly type: FieldType;
}

/** In the order of their bytes. */
const KEYS: readonly Key[] = [
  { key: String.raw`a\ b,t=x#!~#v`, type: 'string' },
  { key: 'cpu#!~#i', type: 'integer' },
  { key: 'cpu#!~#v', type: 'float' },
  { key: 'cpu,host=a!b#!~#v', type: 'float' },
  { key: 'cpu,host=a#!~#b', type: 'boolean' },
  { key: 'cpu,host=a#!~#i', type: 'integer' },
  { key: 'cpu,host=a#!~#s', type: 'string' },
  { key: 'cpu,host=a#!~#u', type: 'unsigned' },
  { key: 'cpu,host=a#!~#v', type: 'float' },
  { key: 'cpu,host=a,z=1#!~#v', type: 'float' },
];
const LEAST_NS = -(2n ** 63n);
const GREATEST_NS = 2n ** 63n - 1n;

/** Whole numbers below a limit. */
export type Below = (limit: number) => number;

export function randomBelow(seed: number): Below {
  let state = seed | 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

export function tsmName(generation: number): string {
  return `${String(generation).padStart(9, '0')}-000000001.tsm`;
}

/** Writes the files to DIR/data and DIR/wal. Times are multiples of `stepNs`. */
export async function writeRandomShard(dir: string, stepNs: bigint, below: Below): Promise<Model> {
  await mkdir(join(dir, 'data'));
  await mkdir(join(dir, 'wal'));
  const tsm = await writeTsm(join(dir, 'data'), stepNs, below);
  const wal = await writeWal(join(dir, 'wal'), stepNs, below);
  const all: Model = new Map();
  for (const model of [tsm, wal]) {
    for (const [key, points] of model) {
      const known = all.get(key) ?? new Map<bigint, Value>();
      for (const [time, value] of points) known.set(time, value);
      if (known.size > 0) all.set(key, known);
    }
  }
  return all;
}

async function writeTsm(dir: string, stepNs: bigint, below: Below): Promise<Model> {
  const model: Model = new Map();
  const tombstones: Tombstone[][] = [];
  for (let generation = below(4); generation > 0; generation--) {
    const keys = KEYS.filter(() => below(3) > 0).map((key) => randomBlocks(key, model, stepNs, below));
    if (keys.length === 0) continue;
    tombstones.push([]);
    await writeFile(join(dir, tsmName(tombstones.length)), encodeTsm(keys));
    // A delete is noted for every file that there is.
    const deleted =
      below(2) === 0 ? [] : KEYS.filter(() => below(3) === 0).map((key) => randomDelete(key, stepNs, below));
    for (const each of deleted)
      for (const { key, type } of KEYS) if (key === each.key) remove(model, `${key} ${type}`, each);
    for (const file of tombstones) file.push(...deleted);
  }
  for (const [index, entries] of tombstones.entries()) {
    if (entries.length === 0) continue;
    const areWhole = entries.every(({ minNs, maxNs }) => minNs === LEAST_NS && maxNs === GREATEST_NS);
    const version = areWhole ? 1 : ([2, 3, 4] as const)[below(3)];
    await writeFile(join(dir, tsmName(index + 1).replace('.tsm', '.tombstone')), encodeTombstones(version, entries));
  }
  return model;
}

async function writeWal(dir: string, stepNs: bigint, below: Below): Promise<Model> {
  const model: Model = new Map();
  const records: Buffer[] = [];
  for (let count = below(6); count > 0; count--) {
    const keys = KEYS.filter(() => below(2) === 0);
    if (keys.length === 0) continue;
    const action = below(5);
    if (action === 0) {
      for (const { key, type } of keys) remove(model, `${key} ${type}`, { key, minNs: LEAST_NS, maxNs: GREATEST_NS });
      records.push(walDelete(keys.map(({ key }) => key)));
    } else if (action === 1) {
      const { minNs, maxNs } = randomDelete(keys[0], stepNs, below);
      for (const { key, type } of keys) remove(model, `${key} ${type}`, { key, minNs, maxNs });
      records.push(
        walDeleteRange(
          keys.map(({ key }) => key),
          minNs,
          maxNs,
        ),
      );
    } else {
      records.push(walWrite(keys.map((key) => ({ ...key, points: randomPoints(key, model, stepNs, below) }))));
    }
  }
  const cut = below(records.length + 1);
  await writeFile(join(dir, '_00001.wal'), Buffer.concat(records.slice(0, cut)));
  await writeFile(join(dir, '_00002.wal'), Buffer.concat(records.slice(cut)));
  return model;
}

function randomBlocks({ key, type }: Key, model: Model, stepNs: bigint, below: Below): KeyBlocks {
  const ticks = new Set(Array.from({ length: 1 + below(40) }, () => below(60) - 20));
  const times = [...ticks].toSorted((a, b) => a - b).map((tick) => BigInt(tick) * stepNs);
  const values = times.map(() => randomValue(type, below));
  times.forEach((time, row) => put(model, `${key} ${type}`, time, values[row]));
  const cut = below(times.length);
  const blocks = [
    { times: times.slice(0, cut), values: values.slice(0, cut) },
    { times: times.slice(cut), values: values.slice(cut) },
  ];
  return { key, type, blocks: blocks.filter((block) => block.times.length > 0) };
}

/** In any order, some times twice. */
function randomPoints({ key, type }: Key, model: Model, stepNs: bigint, below: Below): [bigint, Value][] {
  return Array.from({ length: 1 + below(20) }, () => {
    const time = BigInt(below(60) - 20) * stepNs;
    const value = randomValue(type, below);
    put(model, `${key} ${type}`, time, value);
    return [time, value];
  });
}

function randomDelete({ key }: Key, stepNs: bigint, below: Below): Tombstone {
  if (below(3) === 0) return { key, minNs: LEAST_NS, maxNs: GREATEST_NS };
  const minNs = BigInt(below(60) - 20) * stepNs;
  return { key, minNs, maxNs: minNs + BigInt(below(20)) * stepNs };
}

function randomValue(type: FieldType, below: Below): Value {
  if (type === 'float') return below(1000) / 8 - 60;
  if (type === 'boolean') return below(2) === 0;
  if (type === 'string') return `text ${'ü'.repeat(below(80))}${below(1000)}`;
  const integer = below(5) === 0 ? 2n ** 60n + BigInt(below(1000)) : BigInt(below(1000));
  return type === 'integer' && below(2) === 0 ? -integer : integer;
}

function put(model: Model, key: string, time: bigint, value: Value): void {
  const points = model.get(key) ?? new Map<bigint, Value>();
  points.set(time, value);
  model.set(key, points);
}

function remove(model: Model, key: string, { minNs, maxNs }: Tombstone): void {
  const points = model.get(key);
  for (const time of [...(points?.keys() ?? [])]) if (minNs <= time && time <= maxNs) points?.delete(time);
}
