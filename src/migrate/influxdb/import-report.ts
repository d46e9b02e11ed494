// What an import has done, and in words.
import type { ShardTally } from './shard/read-shard.ts';

export interface ImportReport {
  readonly policies: readonly PolicyReport[];
  /** What was left out on purpose, or done otherwise: a sentence each. */
  readonly remarks: readonly string[];
  /** What could not be read, with the shards that are therefore not imported (or without which they are). */
  readonly damage: readonly string[];
}

/** Counts of one retention policy; of what the files hold for a dry run. */
export interface PolicyReport {
  readonly database: string;
  readonly policy: string;
  shards: number;
  series: number;
  values: number;
  sizeBytes: number;
}

export function reportText({ policies, remarks, damage }: ImportReport): string {
  const rows = policies.map((each) => [
    `${each.database}.${each.policy}`,
    String(each.shards),
    String(each.series),
    String(each.values),
    String(each.sizeBytes),
  ]);
  const table = alignedTable([['policy', 'shards', 'series', 'values', 'bytes'], ...rows]);
  return [...table, ...remarks, ...damage.map((each) => `damaged: ${each}`)].join('\n');
}

/** What a shard's points have gone through, if it is worth telling. */
export function tallyRemarks(path: string, tally: ShardTally, refused: ReadonlyMap<string, number>): string[] {
  const remarks: string[] = [];
  const { notFinite, repairedStrings, lostSeries, lostSeriesReason } = tally;
  if (notFinite > 0) remarks.push(`${path}: ${notFinite} values are NaN or infinite and are left out`);
  if (repairedStrings > 0) {
    remarks.push(`${path}: ${repairedStrings} strings are not UTF-8; each bad byte has become U+FFFD`);
  }
  if (lostSeries.size > 0) remarks.push(`${path}: ${lostSeries.size} series are left out: ${lostSeriesReason}`);
  for (const [reason, count] of refused) remarks.push(`${path}: ${count} points were refused: ${reason}`);
  return remarks;
}

/** The first column to the left, the others to the right. */
function alignedTable(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd(),
  );
}
