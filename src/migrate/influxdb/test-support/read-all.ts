// All that an import would write of a shard, by key and time.
import { ALL_TIME, type BatchColumn, SeriesTable, type TimeRange } from '../../../model/index.ts';
import { type ShardFiles, listFilesOf } from '../directory.ts';
import { type ShardTally, newTally, readShard } from '../shard/read-shard.ts';
import { type ShardSurvey, surveyShard } from '../shard/survey.ts';
import type { Value } from './encode-block.ts';

export interface ShardContent {
  /** `series#!~#field type` -> time -> value, as the last batch has it. */
  readonly values: ReadonlyMap<string, ReadonlyMap<bigint, Value>>;
  readonly survey: ShardSurvey;
  readonly tally: ShardTally;
  readonly batches: number;
}

export async function readAll(dirs: readonly string[], range: TimeRange = ALL_TIME): Promise<ShardContent> {
  const files: ShardFiles = await listFilesOf(dirs[0], dirs.at(-1) ?? dirs[0]);
  const survey = await surveyShard(files, new SeriesTable(), () => {});
  const series = new SeriesTable();
  const tally = newTally();
  const values = new Map<string, Map<bigint, Value>>();
  let batches = 0;
  for await (const { batch } of readShard(survey, range, series, tally)) {
    batches++;
    for (const table of batch.tables) {
      for (const column of table.columns) {
        for (let row = 0; row < table.rowCount; row++) {
          const value = valueAt(column, row);
          if (value === undefined) continue;
          const key = `${series.keyText(table.seriesIds[row])}#!~#${column.name} ${column.type}`;
          const points = values.get(key) ?? new Map<bigint, Value>();
          values.set(key, points);
          points.set(table.baseNs + BigInt(table.times[row]), value);
        }
      }
    }
  }
  return { values, survey, tally, batches };
}

function valueAt({ type, numbers, wide, strings, valid }: BatchColumn, row: number): Value | undefined {
  if (valid !== null && valid[row] === 0) return undefined;
  if (strings !== null) return Buffer.from(strings.text.subarray(strings.starts[row], strings.ends[row])).toString();
  if (type === 'boolean') return numbers[row] === 1;
  if (type === 'float') return numbers[row];
  const value = wide === null ? BigInt(numbers[row]) : wide[row];
  return type === 'unsigned' ? BigInt.asUintN(64, value) : value;
}
