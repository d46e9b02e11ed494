import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FieldType } from '../model/index.ts';
import { planFlush } from './flush-plan.ts';

/** `shard measurement rows field:type…` */
function plan(...items: string[]): string[] {
  const parsed = items.map((text) => {
    const [shard, measurement, rows, ...fields] = text.split(' ');
    return {
      bucketId: 'b',
      shardStartNs: BigInt(shard),
      measurement,
      rowCount: Number(rows),
      fields: new Map(fields.map((field) => field.split(':') as [string, FieldType])),
    };
  });
  return planFlush(parsed).map((block) => block.map((item) => `${item.shardStartNs}/${item.measurement}`).join(' '));
}

test('large tables have blocks of their own, small ones of a shard share one in order of name', () => {
  assert.deepEqual(plan('1 mem 9', '1 cpu 100000 v:float', '1 disk 5', '2 mem 9'), ['1/cpu', '1/disk 1/mem', '2/mem']);
});

test('measurements that use a field name in two types do not share a block', () => {
  assert.deepEqual(plan('1 a 1 v:float', '1 b 1 v:string', '1 c 1 v:float w:string'), ['1/a 1/c', '1/b']);
});
