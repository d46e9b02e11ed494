// Statements that need all points of a group before they can show any: predictions, and aggregates beside transformed fields.
import { cellTracks } from './cell-tracks.ts';
import { matchedRows, timedTrack } from './join-tracks.ts';
import type { CallPlan, OutputPlan } from './output-plan.ts';
import { predicted } from './prediction.ts';
import { type Column, type GroupRows, allocateValues, isValid, isWide } from './rows.ts';
import { sequenceTracks } from './sequence-rows.ts';
import { compareTags } from './series-groups.ts';
import type { SelectJob } from './source-rows.ts';
import { EMPTY_TRACK, type GroupTracks, type TimedTrack } from './track.ts';

export function needsWholeGroups({ calls }: OutputPlan): boolean {
  return calls.some((call) => call.afterwards.length > 0) || calls.some((call) => call.base === null);
}

/** Rows whose columns are the plan's calls. */
export async function* wholeGroupRows(job: SelectJob, plan: OutputPlan): AsyncGenerator<GroupRows> {
  const { calls } = plan;
  const sequences = calls.filter((call) => call.base === null);
  const streamed = sequences.length === 0 ? [] : await sequenceTracks(job, sequences);
  const cells = sequences.length === calls.length ? noGroups() : cellGroups(job, plan);
  for await (const [ofCells, ofSequences] of paired(cells, streamed, job.select.ascending)) {
    const group = (ofCells ?? ofSequences)?.group;
    if (group === undefined) continue;
    const tracks = await finishedTracks(job, calls, ofCells, ofSequences);
    for (const rows of matchedRows(tracks, job.select.ascending)) yield { group, rows };
  }
}

async function finishedTracks(
  job: SelectJob,
  calls: readonly CallPlan[],
  ofCells: GroupTracks | undefined,
  ofSequences: GroupTracks | undefined,
): Promise<TimedTrack[]> {
  const tracks: TimedTrack[] = [];
  let nextSequence = 0;
  for (const [index, call] of calls.entries()) {
    const track = call.base === null ? ofSequences?.tracks[nextSequence++] : ofCells?.tracks[index];
    tracks.push(await predicted(track ?? EMPTY_TRACK, call.afterwards, job.select, job.env));
  }
  return tracks;
}

async function* noGroups(): AsyncGenerator<GroupTracks> {
  // Nothing has cells.
}

/** All tracks of each group, one a call; empty for calls without cells. */
async function* cellGroups(job: SelectJob, plan: OutputPlan): AsyncGenerator<GroupTracks> {
  let current: { readonly group: GroupTracks['group']; readonly pieces: TimedTrack[][] } | undefined;
  let pointCount = 0;
  for await (const { group, block, tracks, places } of cellTracks(job, plan)) {
    const piece = tracks.map((track, index) => {
      const place = places[index];
      if (track === undefined || place === undefined) return EMPTY_TRACK;
      return timedTrack(track, block.levels[place.level].windows, job.select.ascending);
    });
    if (current?.group !== group) {
      if (current !== undefined) yield joined(current);
      current = { group, pieces: [] };
      pointCount = 0;
    }
    current.pieces.push(piece);
    pointCount += piece.reduce((sum, track) => sum + track.count, 0);
    job.env.checkMemory(pointCount * 16);
  }
  if (current !== undefined) yield joined(current);
}

function joined({ group, pieces }: { group: GroupTracks['group']; pieces: readonly TimedTrack[][] }): GroupTracks {
  if (pieces.length === 1) return { group, tracks: pieces[0] };
  return { group, tracks: pieces[0].map((_track, index) => concatTracks(pieces.map((piece) => piece[index]))) };
}

/** Points one after the other. What stands beside selectors is not kept: those need no whole groups. */
function concatTracks(tracks: readonly TimedTrack[]): TimedTrack {
  const times = tracks.flatMap((track) => [...track.timesNs]);
  const columns = tracks.map((track) => track.column).filter((column) => column !== null);
  const type = columns[0]?.type ?? 'float';
  const wide = columns.some((column) => isWide(column.values));
  const values = allocateValues(type, times.length, wide) as Column['values'] & unknown[];
  const valid = new Uint8Array(times.length);
  let next = 0;
  for (const { column, count } of tracks) {
    for (let at = 0; at < count; at++, next++) {
      if (column === null || !isValid(column, at)) continue;
      values[next] = wide ? BigInt(column.values[at]) : column.values[at];
      valid[next] = 1;
    }
  }
  return {
    ...EMPTY_TRACK,
    timesNs: BigInt64Array.from(times),
    column: { type, values, valid },
    count: times.length,
  };
}

/** Groups of both sides in reading order; groups with the same tags as one. */
async function* paired(
  cells: AsyncIterable<GroupTracks>,
  streamed: readonly GroupTracks[],
  ascending: boolean,
): AsyncGenerator<readonly [GroupTracks | undefined, GroupTracks | undefined]> {
  let next = 0;
  for await (const ofCells of cells) {
    const order = (other: GroupTracks): number =>
      (ascending ? 1 : -1) * compareTags(other.group.tags, ofCells.group.tags);
    while (next < streamed.length && order(streamed[next]) < 0) yield [undefined, streamed[next++]];
    const same = next < streamed.length && order(streamed[next]) === 0;
    yield [ofCells, same ? streamed[next++] : undefined];
  }
  while (next < streamed.length) yield [undefined, streamed[next++]];
}
