// Where a statement's cells come from: the executor when one stored measurement can be left to it, else the sources' rows.
import { MIN_TIME_NS } from '../../model/index.ts';
import type { CellBlock, Level } from './cells.ts';
import { type LevelPlan, lookBackRange, placeLevel, rangeOf } from './levels.ts';
import type { OutputPlan } from './output-plan.ts';
import { MAX_WINDOWS, canPushDown, pushedBlocks } from './pushdown.ts';
import { callReferences, rowBlocks } from './row-cells.ts';
import { type SelectJob, earliestTime, openInput, sourceSeries, sourcesOf } from './source-rows.ts';
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
  const range = lookBackRange(select, Math.max(...levels.map((level) => level.lookBack)), job.readable);
  if (earliestTime(job, range) === undefined) return;
  const placed = levels.map((level) => {
    const own = lookBackRange(select, level.lookBack, job.readable);
    return placeLevel(select, level, own, bucketStart(job, earliestTime(job, own) ?? own.startNs));
  });
  checkBuckets(job);
  const sources = sourcesOf(job);
  if (sources.length === 1 && sources[0].kind === 'stored') {
    const input = openInput(job, sources[0], range, false);
    if (input === undefined) return;
    if (
      canPushDown(
        input,
        levels.flatMap((level) => level.requests),
      )
    ) {
      yield* pushDown(job, input, placed, plan, hasEnough);
      return;
    }
  }
  const fields = callReferences(levels);
  const references = plan.calls.some((call) => call.alone) ? plan.references : [];
  const pieces = sourceSeries(job, [...fields, ...references], range, false);
  const cellPlan = {
    levels: placed,
    references: [...fields, ...references],
    callFields: fields.length,
    ascending: select.ascending,
  };
  yield* rowBlocks(pieces, cellPlan, env);
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

/** Many groups are computed over all windows at once; the windows of one group in parts when they are many. */
async function* pushDown(
  job: SelectJob,
  input: StoredInput,
  levels: readonly Level[],
  plan: OutputPlan,
  hasEnough: ((group: Group) => boolean) | null,
): AsyncGenerator<CellBlock> {
  const { select, env } = job;
  const [level] = levels;
  const windows = level.windows === null ? 1 : windowCount(level.windows);
  const whole = levels.length > 1 || level.windows === null || needsAllWindows(plan, select.fill.mode);
  const groups = input.groups.groups.length;
  const fewRows = select.limit > 0 && groups === 1;
  if (hasEnough === null || whole || (windows <= MAX_WINDOWS && !fewRows)) {
    yield* pushedBlocks(input, levels, select.ascending, env);
    return;
  }
  for (let group = 0; group < groups; group++) {
    yield* windowParts(job, input, level, group, plan, hasEnough);
  }
}

/** Values that depend on windows beyond those of a part. */
function needsAllWindows(plan: OutputPlan, fillMode: string): boolean {
  return fillMode === 'linear' || plan.calls.some((call) => call.base?.kind === 'integral');
}
