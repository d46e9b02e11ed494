// SHOW LADDER STATUS: where each tier stands. A table for each ladder, a row for its base and for each tier of each rule.
import { WeirError } from '../../base/index.ts';
import { type DeclaredLadder, isFed } from '../../catalog/index.ts';
import { type TierStatus, lagOf, problemOf } from '../../ladder/index.ts';
import { type Bucket, type LadderRule, type LadderTier, formatDuration, formatGoDuration } from '../../model/index.ts';
import type { BucketFigures } from '../../view/index.ts';
import { printPattern } from '../language/print-ladder.ts';
import type { ShowLadderStatusStatement } from '../language/statement.ts';
import { formatRfc3339 } from '../language/time-literal.ts';
import type { Cell, QueryContext } from '../result.ts';
import { type Answer, type Table, answerTables } from './answer.ts';
import { readableDatabases } from './ladders.ts';
import { requireDatabase } from './scope.ts';

const COLUMNS = [
  'tier',
  'measurements',
  'parent',
  'step',
  'keep',
  'points',
  'bytes',
  'watermark',
  'lag',
  'dirty',
  'backfill',
  'problem',
];

/** All that is asked of the rooms, once. */
interface Standing {
  readonly tiers: readonly TierStatus[];
  readonly figures: ReadonlyMap<string, BucketFigures>;
  readonly nowNs: bigint;
}

export function showLadderStatus(statement: ShowLadderStatusStatement, context: QueryContext): Answer {
  const { name, database: wanted } = statement;
  const databases = wanted === '' ? readableDatabases(context) : [requireDatabase(wanted, context)];
  const standing: Standing = {
    tiers: context.ladders?.status() ?? [],
    figures: new Map(context.view.figures().map((bucket) => [bucket.bucketId, bucket])),
    nowNs: context.clock.nowNs(),
  };
  const tables = databases.flatMap((database) =>
    database.ladders
      .filter(({ ladder }) => name === '' || ladder.name === name)
      .map((declared): Table => {
        const base = database.policies.find((policy) => policy.name === declared.ladder.base)?.bucket;
        const rows = [
          ...(isFed(declared) && base !== undefined ? [baseRow(declared, base, standing)] : []),
          ...tierRows(database.name, declared, standing),
        ];
        return { name: declared.ladder.name, tags: [['database', database.name]], columns: COLUMNS, rows };
      }),
  );
  if (name !== '' && tables.length === 0) throw new WeirError('not found', `ladder not found: ${name}`);
  return answerTables(tables);
}

function baseRow({ ladder }: DeclaredLadder, base: Bucket, { figures }: Standing): readonly Cell[] {
  const steps = new Set(ladder.rules.map(({ baseStepNs }) => formatDuration(baseStepNs)));
  const { points, bytes } = heldIn(base, figures);
  const step = [...steps].join(', ');
  return [ladder.base, '', null, step, keepOf(base), points, bytes, null, null, null, null, ''];
}

function tierRows(
  database: string,
  { ladder, kept }: DeclaredLadder,
  standing: Standing,
): readonly (readonly Cell[])[] {
  const rowsOf = (rule: LadderRule, status: (tier: LadderTier) => TierStatus | undefined) =>
    rule.tiers.map((tier) => tierRow(rule, tier, status(tier), standing));
  const fed = ladder.rules.flatMap((rule, index) =>
    rowsOf(rule, (tier) =>
      standing.tiers.find(
        (each) =>
          each.database === database &&
          each.ladder === ladder.name &&
          each.ruleIndex === index &&
          each.tier.bucket.id === tier.bucket.id,
      ),
    ),
  );
  return [...fed, ...kept.flatMap((rule) => rowsOf(rule, () => undefined))];
}

/** A tier without a status is not fed. */
function tierRow(
  { measurements }: LadderRule,
  tier: LadderTier,
  status: TierStatus | undefined,
  { figures, nowNs }: Standing,
): readonly Cell[] {
  const { points, bytes } = heldIn(tier.bucket, figures);
  const step = formatDuration(tier.stepNs) + (tier.timeZone === null ? '' : ` ${tier.timeZone}`);
  const head = [tier.policy, printPattern(measurements), status?.parentPolicy ?? null, step, keepOf(tier.bucket)];
  if (status === undefined) return [...head, points, bytes, null, null, null, null, 'it is not fed'];
  const { doneThroughNs, dirtyWindows, backfillLeft, backfillWindows } = status;
  return [
    ...head,
    points,
    bytes,
    formatRfc3339(doneThroughNs < nowNs ? doneThroughNs : nowNs),
    lagText(lagOf(status, nowNs)),
    dirtyWindows,
    backfillWindows === 0 ? 1 : Math.floor((1 - backfillLeft / backfillWindows) * 1000) / 1000,
    problemOf(status),
  ];
}

/** Points are rows: of a tier, windows of a series. */
function heldIn(bucket: Bucket, figures: Standing['figures']): { readonly points: number; readonly bytes: number } {
  const shards = figures.get(bucket.id)?.shards ?? [];
  return {
    points: shards.reduce((sum, { rowCount }) => sum + rowCount, 0),
    bytes: shards.reduce((sum, { blockBytes, memtableBytes }) => sum + blockBytes + memtableBytes, 0),
  };
}

export function keepOf({ durationNs }: Pick<Bucket, 'durationNs'>): string {
  return durationNs === 0n ? 'inf' : formatDuration(durationNs);
}

function lagText(lagNs: bigint): string {
  return formatGoDuration((lagNs / 1_000_000n) * 1_000_000n);
}
