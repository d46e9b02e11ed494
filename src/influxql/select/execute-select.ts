// The door of SELECT.
import { compareStrings } from '../../base/index.ts';
import type { TimeRange } from '../../model/index.ts';
import type { SelectStatement } from '../language/ast.ts';
import type { Message, QueryContext, ResultBatch } from '../result.ts';
import { compileSelect } from './compile.ts';
import { type AnswerShape, toBatches } from './emit-batches.ts';
import { expandSelect } from './expand.ts';
import { Snapshots, checkDatabases } from './open-sources.ts';
import { planOutput } from './output-plan.ts';
import { QueryEnv } from './query-env.ts';
import type { GroupRows } from './rows.ts';
import { runSelect } from './run-select.ts';
import { type SelectJob, measurementNames } from './source-rows.ts';
import { tierMessages } from './tier-messages.ts';
import { readRange } from './tier-need.ts';
import { type TypedSelect, schemaReader } from './typed-select.ts';
import { writeInto } from './write-into.ts';

export interface SelectAnswer {
  /** Complete when the batches have been read. */
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
  const range = readRange(compiled);
  const tiers = tierMessages(context);
  const snapshots = new Snapshots({ ...context, onTiers: tiers.onPlan }, range);
  try {
    const select = expandSelect(compiled, (source, around) => snapshots.open(source, around), schemaReader(range));
    const env = new QueryEnv(context);
    const rows = allRows(select, range, env);
    if (select.target !== null) {
      const { messages, batches } = writeInto(rows, select, statement, context);
      tiers.messages.push(...messages);
      return { messages: tiers.messages, batches: releasing(batches, snapshots) };
    }
    return { messages: tiers.messages, batches: releasing(toBatches(rows, shapeOf(select)), snapshots) };
  } catch (error) {
    snapshots.release();
    throw error;
  }
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
