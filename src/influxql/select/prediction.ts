// What is done with the points of one call once a group's points are all there: a prediction, and the functions around it.
import { holtWinters, type HoltWinters } from './holt-winters.ts';
import type { QueryEnv } from './query-env.ts';
import { gatherColumn, isValid } from './rows.ts';
import type { TimedTrack } from './track.ts';
import { rowsOfTimes } from './tracks.ts';
import { type Transform, openTransform } from './transforms.ts';
import type { TypedSelect } from './typed-select.ts';

/** How one call of a predictor was written. */
export interface Prediction extends HoltWinters {
  readonly kind: 'prediction';
}

/** The points after all steps, LIMIT and OFFSET; the track itself when there are no steps. */
export async function predicted(
  track: TimedTrack,
  steps: readonly (Transform | Prediction)[],
  select: TypedSelect,
  env: QueryEnv,
): Promise<TimedTrack> {
  if (steps.length === 0) return track;
  let points = track;
  for (const step of steps) {
    points =
      step.kind === 'prediction' ? await predict(points, step, env) : transformed(points, step, select.ascending);
  }
  return limited(points, select);
}

async function predict(track: TimedTrack, step: Prediction, env: QueryEnv): Promise<TimedTrack> {
  const known = validPoints(track);
  const values = Float64Array.from(known.column?.values ?? [], Number);
  const { timesNs, values: predictions } = await holtWinters({ timesNs: known.timesNs, values }, step, {
    pause: () => env.giveWay(),
    checkMemory: (bytes) => env.checkMemory(bytes),
  });
  return { ...track, timesNs, column: { type: 'float', values: predictions, valid: null }, count: timesNs.length };
}

function transformed(track: TimedTrack, step: Transform, ascending: boolean): TimedTrack {
  const column = openTransform(step, ascending).apply(rowsOfTimes(track.timesNs), track.column);
  return validPoints({ ...track, column });
}

/** The points that have a value. */
function validPoints(track: TimedTrack): TimedTrack {
  const { column } = track;
  return pick(
    track,
    Int32Array.from({ length: track.count }, (_, row) => row).filter((row) => isValid(column, row)),
  );
}

function limited(track: TimedTrack, { limit, offset }: TypedSelect): TimedTrack {
  if (limit === 0 && offset === 0) return track;
  const end = limit === 0 ? track.count : Math.min(track.count, offset + limit);
  return pick(
    track,
    Int32Array.from({ length: Math.max(0, end - offset) }, (_, index) => offset + index),
  );
}

function pick(track: TimedTrack, rows: Int32Array): TimedTrack {
  return {
    ...track,
    timesNs: BigInt64Array.from(rows, (row) => track.timesNs[row]),
    column: gatherColumn(track.column, rows),
    count: rows.length,
  };
}
