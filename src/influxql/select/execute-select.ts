// The door of SELECT.
import { compareStrings } from '../../base/index.ts';
import { MAX_TIME_NS, MIN_TIME_NS, type TimeRange } from '../../model/index.ts';
import type { SelectStatement } from '../language/ast.ts';
import type { Message, QueryContext, ResultBatch } from '../result.ts';
import { type CompiledSelect, compileSelect } from './compile.ts';
import { type AnswerShape, toBatches } from './emit-batches.ts';
import { expandSelect } from './expand.ts';
import { Snapshots, checkDatabases } from './open-sources.ts';
import { planOutput } from './output-plan.ts';
import { QueryEnv } from './query-env.ts';
import type { GroupRows } from './rows.ts';
import { runSelect } from './run-select.ts';
import { type SelectJob, measurementNames } from './source-rows.ts';
import { type TypedSelect, schemaReader } from './typed-select.ts';
import { writeInto } from './write-into.ts';

export interface SelectAnswer {
  readonly messages: readonly Message[];
  /** To be iterated, or given up with `return()`: until then it holds snapshots. */
  readonly batches: AsyncIterable<ResultBatch>;
}

/**
 * Checks a SELECT and opens what it reads; rows are read as the batches are asked for. Rejects with InfluxDB's texts:
 * `invalid` for what makes no sense, `not found` for databases and policies, `limit` for what is over a limit. What goes wrong
 * later is thrown while the batches are iterated.
 */
export function executeSelect(statement: SelectStatement, context: QueryContext): Promise<SelectAnswer> {
  return Promise.resolve().then(() => prepare(statement, context));
}

function prepare(statement: SelectStatement, context: QueryContext): SelectAnswer {
  checkDatabases(statement, context);
  const compiled = compileSelect(statement, context.clock.nowNs());
  const snapshots = new Snapshots(context);
  try {
    const range = readRange(compiled);
    const select = expandSelect(compiled, (measurement) => snapshots.open(measurement), schemaReader(range));
    const env = new QueryEnv(context);
    const rows = allRows(select, range, env);
    if (select.target !== null) {
      const { messages, batches } = writeInto(rows, select, statement, context);
      return { messages, batches: releasing(batches, snapshots) };
    }
    return { messages: [], batches: releasing(toBatches(rows, shapeOf(select)), snapshots) };
  } catch (error) {
    snapshots.release();
    throw error;
  }
}

/** What transformations may read, at most: decides which shards' schema counts. */
function readRange({ startNs, endNs, interval, extraWindows, ascending }: CompiledSelect): TimeRange {
  const extraNs = interval === null ? 0n : interval.everyNs * BigInt(extraWindows);
  // As in InfluxDB fields are known although bounds leave nothing between them.
  const [low, high] = startNs <= endNs ? [startNs, endNs] : [endNs, startNs];
  const first = ascending ? low - extraNs : low;
  const last = ascending ? high : high + extraNs;
  return {
    startNs: first < MIN_TIME_NS ? MIN_TIME_NS : first,
    endNs: (last > MAX_TIME_NS ? MAX_TIME_NS : last) + 1n,
  };
}

/** Measurement after measurement, in the order of their names. */
async function* allRows(select: TypedSelect, readable: TimeRange, env: QueryEnv): AsyncGenerator<GroupRows> {
  const names = [...measurementNames(select)].sort(compareStrings);
  if (!select.ascending) names.reverse();
  for (const name of names) yield* runSelect(jobOf(select, name, readable, env));
}

function jobOf(select: TypedSelect, name: string, readable: TimeRange, env: QueryEnv): SelectJob {
  const { dimensions } = select;
  return { select, name, dimensions, countedDimensions: dimensions.length, readable, env, run: runSelect };
}

function shapeOf(select: TypedSelect): AnswerShape {
  const { names } = planOutput(select);
  const columns = [select.timeColumn, ...names];
  const dimensions = select.dimensions.length === 0 ? null : select.dimensions;
  return { columns, dimensions, timeZone: select.timeZone };
}

/** Passes batches on and releases the snapshots when they end, fail or are given up, even before the first of them. */
function releasing(batches: AsyncIterable<ResultBatch>, snapshots: Snapshots): AsyncIterable<ResultBatch> {
  return {
    [Symbol.asyncIterator](): AsyncIterator<ResultBatch> {
      const iterator = batches[Symbol.asyncIterator]();
      return {
        async next() {
          try {
            const result = await iterator.next();
            if (result.done === true) snapshots.release();
            return result;
          } catch (error) {
            snapshots.release();
            throw error;
          }
        },
        async return() {
          await iterator.return?.();
          snapshots.release();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
