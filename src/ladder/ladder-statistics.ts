// What ladders count and where they stand, for SHOW STATS and SHOW DIAGNOSTICS.
import type { Diagnostic, Statistic } from '../base/index.ts';
import type { Ladders } from './ladders.ts';
import type { TierStatus } from './progress.ts';

const MILLISECOND = 1_000_000n;

export function ladderStatistics(ladders: Pick<Ladders, 'status'>, nowNs: bigint): readonly Statistic[] {
  return ladders.status().map((status) => {
    const { database, ladder, ruleIndex, tier, figures, dirtyWindows, backfillLeft } = status;
    const { windowsClosed, windowsRecomputed, windowsMergedLate, rowsRead, refused } = figures;
    return {
      name: 'ladder',
      tags: { database, ladder, retentionPolicy: tier.policy, rule: `${ruleIndex + 1}` },
      values: {
        windowsClosed,
        windowsRecomputed,
        windowsMergedLate,
        rowsRead,
        refused,
        dirty: dirtyWindows,
        backfillLeft,
        lagMs: Number(lagOf(status, nowNs) / MILLISECOND),
      },
    };
  });
}

export function ladderDiagnostics(ladders: Pick<Ladders, 'status'>, nowNs: bigint): readonly Diagnostic[] {
  const columns = ['database', 'ladder', 'tier', 'parent', 'lag_ms', 'dirty', 'backfill_left', 'refused', 'problem'];
  const rows = ladders.status().map((status) => {
    const { database, ladder, tier, parentPolicy, dirtyWindows, backfillLeft, figures } = status;
    const lagMs = Number(lagOf(status, nowNs) / MILLISECOND);
    const problem = problemOf(status);
    return [database, ladder, tier.policy, parentPolicy, lagMs, dirtyWindows, backfillLeft, figures.refused, problem];
  });
  return rows.length === 0 ? [] : [{ name: 'ladders', columns, rows }];
}

/** How long ago the last window ended that is complete. */
export function lagOf({ doneThroughNs }: TierStatus, nowNs: bigint): bigint {
  return nowNs > doneThroughNs ? nowNs - doneThroughNs : 0n;
}

/** Why the tier is behind or lacks rows; empty while all is well. */
export function problemOf({ figures }: TierStatus): string {
  if (figures.failure !== '') return figures.failure;
  return figures.refused === 0 ? '' : `${figures.refused} rows were refused: ${figures.firstRefusal}`;
}
