// From states to the columns of a result.
import { assert } from '../../base/index.ts';
import type { PartialResult } from '../accumulator.ts';
import type { AggregatePlan } from '../aggregate-plan.ts';
import type { Meter } from '../meter.ts';
import type { Pacer } from '../pacer.ts';
import type { AggregateCall, AggregateColumn, AggregateRequest } from '../plan.ts';
import { type Gathered, arrangeGather } from '../states/gather-state.ts';
import type { State } from '../states/state.ts';
import { emptyColumn } from './column.ts';
import { countColumn, increaseColumn, meanColumn, pickColumn, spreadColumn, sumColumn } from './dense.ts';
import { medianColumn, percentileColumn, stddevColumn, stddevOfMoments } from './gathered.ts';
import { integralColumn } from './integral.ts';
import { rankedColumn } from './ranked.ts';
import { sketchedMedian, sketchedPercentile } from './sketched.ts';
import { countDistinctColumn, distinctColumn, modeColumn } from './tallied.ts';

/** What the columns depend on beside the states; plain data. */
export type FinishRequest = Pick<AggregateRequest, 'calls' | 'windows' | 'range' | 'descending' | 'seriesIds'>;

const SECOND_NS = 1e9;

/** One column a call. Uses the states up. */
export async function finishColumns(
  request: FinishRequest,
  plan: AggregatePlan,
  partial: PartialResult,
  meter: Meter,
  pacer: Pacer,
): Promise<AggregateColumn[]> {
  const finisher = new Finisher(request, plan, partial, meter, pacer);
  const columns: AggregateColumn[] = [];
  for (let index = 0; index < request.calls.length; index++) {
    const [first, second] = plan.callStates[index];
    const call = request.calls[index];
    if (first === undefined) columns.push(emptyColumn(call.kind, plan.cells));
    else columns.push(await finisher.column(call, first, second));
  }
  return columns;
}

/** How many values the work of finishing grows with. */
export function finishingCost(partial: PartialResult): number {
  let values = 0;
  for (const state of partial.states) {
    if (state.kind === 'gather') values += state.valueCount;
    else if (state.kind === 'deviation') values += state.gather?.valueCount ?? 0;
    else if (state.kind === 'tally') values += state.entryCount;
    else if (state.kind === 'ranked') values += state.arenaUsed;
  }
  return values;
}

class Finisher {
  readonly #request: FinishRequest;
  readonly #plan: AggregatePlan;
  readonly #partial: PartialResult;
  readonly #meter: Meter;
  readonly #pacer: Pacer;
  /** By state: several calls may share one. */
  readonly #gathered = new Map<number, Gathered>();

  constructor(request: FinishRequest, plan: AggregatePlan, partial: PartialResult, meter: Meter, pacer: Pacer) {
    this.#request = request;
    this.#plan = plan;
    this.#partial = partial;
    this.#meter = meter;
    this.#pacer = pacer;
  }

  async column(call: AggregateCall, first: number, second: number | undefined): Promise<AggregateColumn> {
    const { seriesIds, descending } = this.#request;
    const pacer = this.#pacer;
    switch (call.kind) {
      case 'count':
        return countColumn(this.#state(first, 'count'));
      case 'sum':
        return sumColumn(this.#state(first, 'sum'), this.#state(second, 'count'));
      case 'mean':
        return meanColumn(this.#state(first, 'sum'), this.#state(second, 'count'));
      case 'spread':
        return spreadColumn(this.#state(first, 'bounds'), this.#state(second ?? first, 'bounds'));
      case 'min':
      case 'max':
      case 'first':
      case 'last':
        return pickColumn(this.#state(first, 'pick'), seriesIds);
      case 'increase':
        return increaseColumn(this.#state(first, 'increase'));
      case 'stddev':
        return this.#stddev(first);
      case 'median':
        if (call.states !== undefined) return sketchedMedian(this.#state(first, 'sketch'));
        return medianColumn(this.#arranged(first), pacer);
      case 'percentile':
        if (call.states !== undefined) return sketchedPercentile(this.#state(first, 'sketch'), call.argument ?? 0);
        return percentileColumn(this.#arranged(first), call.argument ?? 0, descending, seriesIds, pacer);
      case 'integral': {
        const { windows, range } = this.#request;
        const unitNs = call.argument ?? SECOND_NS;
        return integralColumn(this.#arranged(first), windows, range, descending, unitNs, pacer);
      }
      case 'mode':
        return modeColumn(this.#state(first, 'tally'), this.#plan.cells, pacer);
      case 'distinct':
        return distinctColumn(this.#state(first, 'tally'), this.#plan.cells, seriesIds, pacer);
      case 'count-distinct':
        return countDistinctColumn(this.#state(first, 'tally'), this.#plan.cells);
      case 'top':
      case 'bottom':
      case 'sample':
        return rankedColumn(this.#state(first, 'ranked'), descending, seriesIds, pacer);
    }
  }

  #state<Kind extends State['kind']>(index: number | undefined, kind: Kind): Extract<State, { kind: Kind }> {
    const state = this.#partial.states[index ?? -1];
    assert(state?.kind === kind, `a ${kind} state answers the call`);
    return state as Extract<State, { kind: Kind }>;
  }

  #arranged(index: number): Gathered {
    let gathered = this.#gathered.get(index);
    if (gathered === undefined) {
      gathered = arrangeGather(this.#state(index, 'gather'), this.#plan.cells, this.#meter);
      this.#gathered.set(index, gathered);
    }
    return gathered;
  }

  async #stddev(index: number): Promise<AggregateColumn> {
    const { gather, moments } = this.#state(index, 'deviation');
    if (moments !== null) return stddevOfMoments(moments);
    assert(gather !== null, 'values or moments are there');
    return stddevColumn(arrangeGather(gather, this.#plan.cells, this.#meter), this.#pacer);
  }
}
