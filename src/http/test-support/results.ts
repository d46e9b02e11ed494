// Results of statements as tests write them: rows of plain values, taken apart into the columns of the contract.
import type { Cell, ResultBatch, ResultColumn, SeriesHeader, StatementResult } from '../../influxql/index.ts';

export interface SeriesRows {
  readonly header: SeriesHeader;
  /** The first value of a row is its time in ns when the header's first column is `time`. */
  readonly rows: readonly (readonly Cell[])[];
}

export function series(
  name: string,
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
  tags: SeriesHeader['tags'] = null,
): SeriesRows {
  return { header: { name, tags, columns }, rows };
}

/** Batches of at most `batchRows` rows each. */
export function toBatches(list: readonly SeriesRows[], batchRows = 2): readonly ResultBatch[] {
  const batches: ResultBatch[] = [];
  for (const { header, rows } of list) {
    if (rows.length === 0) batches.push({ series: header, rowCount: 0, columns: [] });
    for (let at = 0; at < rows.length; at += batchRows) {
      const part = rows.slice(at, at + batchRows);
      const columns = header.columns.map((name, index) =>
        toColumn(
          name,
          part.map((row) => row[index]),
        ),
      );
      batches.push({ series: header, rowCount: part.length, columns });
    }
  }
  return batches;
}

function toColumn(name: string, values: readonly Cell[]): ResultColumn {
  if (name === 'time' && values.every((value) => typeof value === 'bigint')) {
    const baseNs = values[0];
    return { kind: 'times', baseNs, offsets: Float64Array.from(values, (value) => Number(value - baseNs)) };
  }
  const valid = values.includes(null) ? Uint8Array.from(values, (value) => (value === null ? 0 : 1)) : null;
  const present = values.filter((value) => value !== null);
  if (present.every((value) => typeof value === 'number')) {
    return { kind: 'numbers', values: Float64Array.from(values, (value) => Number(value ?? 0)), valid };
  }
  if (present.every((value) => typeof value === 'string')) {
    return { kind: 'strings', values: values.map((value) => String(value ?? '')), valid };
  }
  if (present.every((value) => typeof value === 'bigint')) {
    return {
      kind: 'integers',
      values: BigInt64Array.from(values, (value) => (typeof value === 'bigint' ? value : 0n)),
      valid,
    };
  }
  if (present.every((value) => typeof value === 'boolean')) {
    return { kind: 'booleans', values: Float64Array.from(values, (value) => (value === true ? 1 : 0)), valid };
  }
  return { kind: 'cells', values };
}

export interface ResultSpec {
  readonly series?: readonly SeriesRows[];
  readonly error?: string;
  /** Thrown after the series. */
  readonly thrown?: Error;
  readonly warning?: string;
  readonly batchRows?: number;
}

export async function* results(...specs: readonly ResultSpec[]): AsyncGenerator<StatementResult> {
  for (const [statementId, spec] of specs.entries()) {
    yield {
      statementId,
      messages: spec.warning === undefined ? [] : [{ level: 'warning', text: spec.warning }],
      error: spec.error ?? null,
      batches: batchesOf(spec),
    };
  }
}

async function* batchesOf(spec: ResultSpec): AsyncGenerator<ResultBatch> {
  yield* toBatches(spec.series ?? [], spec.batchRows);
  if (spec.thrown !== undefined) throw spec.thrown;
}
