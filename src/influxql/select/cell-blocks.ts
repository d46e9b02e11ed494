// Where a statement's cells come from: the executor when one stored measurement can be left to it, else the sources' rows.
import { WeirError } from '../../base/index.ts';
import type { AggregateKind } from '../../exec/index.ts';
import { MIN_TIME_NS } from '../../model/index.ts';
import type { CellBlock, Level } from './cells.ts';
import { type Precision, earliestTime } from './earliest-time.ts';
import { gapRuleOf, refuseRule } from './gap-rule.ts';
import { withoutLeadIn } from './lead-in.ts';
import { type LevelPlan, levelsRange, placeLevel, rangeOf } from './levels.ts';
import type { OutputPlan } from './output-plan.ts';
import { MAX_WINDOWS, canPushDown, pushedBlocks } from './pushdown.ts';
import { callReferences, rowBlocks } from './row-cells.ts';
import { type SelectJob, openInput, sourceSeries, sourcesOf } from './source-rows.ts';
import type { Group } from './rows.ts';
import type { StoredInput } from './stored-input.ts';
import { finerCall, rankBlocks } from './top.ts';
import { windowParts } from './window-parts.ts';
import { windowCount, windowsOf } from './windows.ts';

/**
 * Blocks of all groups in reading order. Blocks of one group's windows follow one another in reading order; `hasEnough` is
 * asked after each of them whether LIMIT wants more of the group.
 */
export async function* cellBlocks(
  job: SelectJob,
  plan: OutputPlan,
  levels: readonly LevelPlan[],
  hasEnough: (group: Group) => boolean,
): AsyncGenerator<CellBlock> {
  const [first] = levels;
  const { base } = first.requests[0];
  if (base.distinctBy.length === 0) {
    yield* plainBlocks(job, plan, levels, hasEnough);
    return;
  }
  const { select, dimensions } = job;
  const finer = base.distinctBy.filter((tag) => !dimensions.includes(tag));
  const finerJob = { ...job, dimensions: [...dimensions, ...finer] };
  const requests = first.requests.map((request) => ({ ...request, base: finerCall(request.base) }));
  const blocks = plainBlocks(finerJob, plan, [{ ...first, requests }], null);
  yield* rankBlocks(blocks, base, dimensions.length, select.ascending, select.target !== null);
}

/** `hasEnough` null: the windows of a group must not come in parts. */
async function* plainBlocks(
  job: SelectJob,
  plan: OutputPlan,
  levels: readonly LevelPlan[],
  hasEnough: ((group: Group) => boolean) | null,
): AsyncGenerator<CellBlock> {
  const { select, env } = job;
  checkBuckets(job);
  const input = pushableInput(job, plan, levels);
  if (input === null) return;
  const hasWindows = select.interval !== null;
  const inParts = hasWindows && hasEnough !== null && levels.length === 1 && !needsAllWindows(plan, select.fill.mode);
  // Read backwards for a few rows of one group, the start of the range may never be reached.
  const lazy = inParts && !select.ascending && select.limit > 0 && input?.groups.groups.length === 1;
  const placed = await placeLevels(job, levels, lazy ? 'by shards' : 'by points');
  if (placed === undefined) return;
  if (input === undefined) {
    refuseStates(job, levels);
    refuseRules(job, levels);
    yield* withoutLeadIn(rowsPath(job, plan, levels, placed), placed);
    return;
  }
  const gapRule = hasWindows ? gapRuleOf(input, select.fill, env.knownShare) : undefined;
  const ruled = placed.map((level) => ({ ...level, gapRule }));
  if (inParts && (lazy || isWorthParts(input, ruled[0], select.limit))) {
    const start = (): Promise<bigint | undefined> => earliestTime(job, ruled[0].range, 'by points');
    for (let group = 0; group < input.groups.groups.length; group++) {
      yield* windowParts(job, input, ruled[0], group, plan, hasEnough, start);
    }
  } else yield* withoutLeadIn(pushedBlocks(input, ruled, select.ascending, env), placed);
}

/** The one stored measurement that the executor can aggregate alone; undefined = there is another way, null = nothing. */
function pushableInput(job: SelectJob, plan: OutputPlan, levels: readonly LevelPlan[]): StoredInput | undefined | null {
  const sources = sourcesOf(job);
  const [source] = sources;
  if (sources.length !== 1 || source.kind !== 'stored') return undefined;
  const range = levelsRange(job.select, levels, job.readable);
  const requests = levels.flatMap((level) => level.requests);
  const input = openInput(job, source, range, needsSeriesOrder(plan, requests));
  if (input === undefined) return null;
  return canPushDown(input, requests) ? input : undefined;
}

/** States answer functions of fields, and nothing else: rows of them are not points. */
function refuseStates(job: SelectJob, levels: readonly LevelPlan[]): void {
  for (const source of sourcesOf(job)) {
    if (source.kind !== 'stored' || source.snapshot.states === undefined) continue;
    for (const { base, reference } of levels.flatMap((level) => level.requests)) {
      if (source.snapshot.states(job.name, reference.name) === undefined) continue;
      const what = `${base.kind}(${reference.name})`;
      throw new WeirError('invalid', `${what} cannot be answered from a tier with casts or conditions on fields`);
    }
  }
}

function refuseRules(job: SelectJob, levels: readonly LevelPlan[]): void {
  const { select, env } = job;
  if (select.interval === null) return;
  for (const source of sourcesOf(job)) {
    if (source.kind !== 'stored' || source.snapshot.expects?.(job.name) === undefined) continue;
    const input = openInput(job, source, levelsRange(select, levels, job.readable), false);
    if (input !== undefined) refuseRule(input, select.fill, env.knownShare);
  }
}

/** Whether it shows which of two points of one time comes first. Sorting many series by their keys takes long. */
function needsSeriesOrder(plan: OutputPlan, requests: LevelPlan['requests']): boolean {
  return plan.references.length > 0 || requests.some(({ base }) => ORDER_SHOWS.has(base.kind));
}

const ORDER_SHOWS: ReadonlySet<AggregateKind> = new Set(['integral', 'top', 'bottom', 'sample', 'percentile', 'mode']);

async function placeLevels(
  job: SelectJob,
  levels: readonly LevelPlan[],
  precision: Precision,
): Promise<Level[] | undefined> {
  const placed: Level[] = [];
  for (const level of levels) {
    const own = levelsRange(job.select, [level], job.readable);
    const earliest = await earliestTime(job, own, precision);
    if (earliest === undefined) return undefined;
    placed.push(placeLevel(job.select, level, own, bucketStart(job, earliest), job.readable));
  }
  return placed;
}

/** Cells of rows, group by group. */
function rowsPath(
  job: SelectJob,
  plan: OutputPlan,
  levels: readonly LevelPlan[],
  placed: readonly Level[],
): AsyncGenerator<CellBlock> {
  const { select, env } = job;
  const fields = callReferences(placed);
  const references = [...fields, ...(plan.calls.some((call) => call.alone) ? plan.references : [])];
  const range = levelsRange(select, levels, job.readable);
  const pieces = sourceSeries(job, references, range, false);
  return rowBlocks(pieces, { levels: placed, references, callFields: fields.length, ascending: select.ascending }, env);
}

/** Many windows, or a few wanted of one group. */
function isWorthParts(input: StoredInput, { windows }: Level, limit: number): boolean {
  if (windows === null) return false;
  return windowCount(windows) > MAX_WINDOWS || (limit > 0 && input.groups.groups.length === 1);
}

/** With a limit on buckets, a range without a start is read no further back than the limit lets it be shown. */
function bucketStart({ select, env }: SelectJob, earliest: bigint): bigint {
  const { maxSelectBuckets } = env.limits;
  if (maxSelectBuckets === 0 || select.interval === null || select.startNs > MIN_TIME_NS) return earliest;
  const { everyNs } = select.interval;
  const windows = windowsOf(select.interval, select.timeZone, { startNs: select.endNs - 1n, endNs: select.endNs });
  const last = windows.kind === 'every' ? windows.originNs : windows.edgesNs[0];
  const startNs = last - everyNs * BigInt(maxSelectBuckets - 1);
  return startNs > earliest ? startNs : earliest;
}

function checkBuckets({ select, env }: SelectJob): void {
  if (select.startNs === MIN_TIME_NS || select.interval === null || select.endNs < select.startNs) return;
  env.checkBucketCount(windowCount(windowsOf(select.interval, select.timeZone, rangeOf(select))));
}

/** Values that depend on windows beyond those of a part. */
function needsAllWindows(plan: OutputPlan, fillMode: string): boolean {
  return fillMode === 'linear' || plan.calls.some(({ base }) => base?.kind === 'integral' || base?.kind === 'increase');
}
