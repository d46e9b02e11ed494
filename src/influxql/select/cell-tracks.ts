// The tracks of all calls with cells, group by group as blocks of cells come in.
import type { CellBlock } from './cells.ts';
import { cellBlocks } from './cell-blocks.ts';
import { type CellPlace, planLevels } from './levels.ts';
import type { OutputPlan } from './output-plan.ts';
import type { Group } from './rows.ts';
import type { SelectJob } from './source-rows.ts';
import type { Track } from './track.ts';
import { type CallState, openCallState, tracksOf } from './tracks.ts';

/** Some windows of one group; more of its windows may follow, in reading order. */
export interface CellTracks {
  readonly group: Group;
  readonly block: CellBlock;
  /** One a call of the plan; undefined for calls without cells. */
  readonly tracks: readonly (Track | undefined)[];
  readonly places: readonly (CellPlace | undefined)[];
}

/** Groups in reading order. */
export async function* cellTracks(job: SelectJob, plan: OutputPlan): AsyncGenerator<CellTracks> {
  const { select } = job;
  const { levels, places } = planLevels(plan.calls);
  let last: Group | undefined;
  let carried: CallState[] = [];
  const wanted = select.limit > 0 ? select.offset + select.limit : Infinity;
  const hasEnough = (group: Group): boolean => group === last && carried.every((state) => state.seen >= wanted);
  for await (const block of cellBlocks(job, plan, levels, hasEnough)) {
    // Several blocks of one group go on from one another; a block of several groups stands for itself.
    const goesOn = block.groups.length === 1 && block.groups[0] === last;
    await job.env.giveWay();
    if (!goesOn) carried = plan.calls.map((call) => openCallState(call, select.ascending));
    last = block.groups.length === 1 ? block.groups[0] : undefined;
    const perCall = await blockTracks(job, plan, places, block, carried);
    for (const [index, group] of block.groups.entries()) {
      yield { group, block, tracks: perCall.map((perGroup) => perGroup?.[index]), places };
    }
  }
}

async function blockTracks(
  job: SelectJob,
  plan: OutputPlan,
  places: readonly (CellPlace | undefined)[],
  block: CellBlock,
  carried: readonly CallState[],
): Promise<(Track[] | undefined)[]> {
  const { select } = job;
  const pause = (): Promise<void> => job.env.giveWay();
  const tracks: (Track[] | undefined)[] = [];
  for (const [index, call] of plan.calls.entries()) {
    const place = places[index];
    const states =
      block.groups.length === 1 ? [carried[index]] : block.groups.map(() => openCallState(call, select.ascending));
    tracks.push(place && (await tracksOf(call, place, block, select, states, plan.references, pause)));
  }
  return tracks;
}
