// EXPLAIN LADDER: what a ladder would come to on the database as it is. It is checked as CREATE LADDER would, or ALTER LADDER
// where it exists; nothing is changed.
import type { RetentionPolicy } from '../../catalog/index.ts';
import { type HeldPoints, type StepForecast, forecastLadder, readLadder } from '../../ladder/index.ts';
import { formatDuration, formatGoDuration } from '../../model/index.ts';
import { printPattern } from '../language/print-ladder.ts';
import type { ExplainLadderStatement } from '../language/statement.ts';
import type { Cell, QueryContext } from '../result.ts';
import { type Answer, answerTables } from './answer.ts';
import { keepOf } from './ladder-status.ts';
import { requireDatabase, turnTaker } from './scope.ts';

const COLUMNS = ['tier', 'measurements', 'parent', 'step', 'keep', 'series', 'windows', 'points', 'bytes', 'fill'];

/** null = it grows for ever, so that there is no figure. */
export async function explainLadder(
  { name, database: databaseName, definition }: ExplainLadderStatement,
  context: QueryContext,
): Promise<Answer> {
  const spec = readLadder(name, definition);
  const database = requireDatabase(databaseName, context);
  const base = context.catalog.checkLadder(databaseName, spec);
  const held = await heldIn(
    database.policies.find((policy) => policy.name === base),
    context,
  );
  const steps = forecastLadder(spec, held, context.ladders?.repairShare ?? 1);
  return answerTables([{ name, columns: COLUMNS, rows: [...steps.map((step) => rowOf(step, base)), totalOf(steps)] }]);
}

async function heldIn(base: RetentionPolicy | undefined, context: QueryContext): Promise<HeldPoints> {
  const nowNs = context.clock.nowNs();
  const figures = context.view.figures().find(({ bucketId }) => bucketId === base?.bucket.id);
  if (base === undefined || figures === undefined)
    return { measurements: [], rowCount: 0, blockRows: 0, blockBytes: 0, oldestNs: null, nowNs };
  const { shards } = figures;
  const snapshot = context.view.snapshot(base.bucket.id);
  try {
    const takeTurn = turnTaker(context);
    const measurements: HeldPoints['measurements'][number][] = [];
    for (const name of snapshot.measurements()) {
      await takeTurn();
      measurements.push({ name, seriesCount: snapshot.series(name).length, fields: snapshot.fields(name) });
    }
    return {
      measurements,
      rowCount: shards.reduce((sum, shard) => sum + shard.rowCount, 0),
      blockRows: shards.reduce((sum, shard) => sum + shard.blockRows, 0),
      blockBytes: shards.reduce((sum, shard) => sum + shard.blockBytes, 0),
      oldestNs: shards[0]?.range.startNs ?? null,
      nowNs,
    };
  } finally {
    snapshot.release();
  }
}

function rowOf(step: StepForecast, base: string): readonly Cell[] {
  const { tier, measurements, parent, stepNs, seriesCount, windowCount, pointCount, sizeBytes, fillMs } = step;
  const from = tier === null ? null : (parent ?? base);
  const places = [tier ?? base, printPattern(measurements), from, formatDuration(stepNs), keepOf(step)];
  return [...places, seriesCount, windowCount, pointCount, sizeBytes, durationText(fillMs)];
}

function totalOf(steps: readonly StepForecast[]): readonly Cell[] {
  const sum = (pick: (step: StepForecast) => number | null): number | null =>
    steps.reduce<number | null>((total, step) => {
      const value = pick(step);
      return total === null || value === null ? null : total + value;
    }, 0);
  const points = sum(({ pointCount }) => pointCount);
  const bytes = sum(({ sizeBytes }) => sizeBytes);
  const fillMs = sum((step) => step.fillMs) ?? 0;
  return ['total', '', null, null, null, null, null, points, bytes, durationText(fillMs)];
}

function durationText(durationMs: number): string {
  return formatGoDuration(BigInt(durationMs) * 1_000_000n);
}
