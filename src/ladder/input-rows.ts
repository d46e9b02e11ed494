// Rows for windows, out of what a parent's bucket gets or holds: points of a base, or rows of states of a tier.
import type { FieldType, MeasurementBatch, SeriesChunk } from '../model/index.ts';
import { type InputColumn, fromBatch, fromChunk } from './input-column.ts';
import type { StateInputs } from './number-states.ts';
import type { InputField, InputRows } from './open-windows.ts';
import { type StateName, parseStateColumn } from './state-columns.ts';

export type ParentKind = 'points' | 'states';

export function rowsOfBatch(kind: ParentKind, batch: MeasurementBatch): InputRows {
  const { rowCount, seriesIds, baseNs, times } = batch;
  const columns = batch.columns.map((column): [string, InputColumn] => [column.name, fromBatch(column, rowCount)]);
  return { rowCount, seriesIds, baseNs, times, fields: fieldsOf(kind, columns) };
}

/** Rows of one series; `names` and `types` say what the chunk's columns are. */
export function rowsOfChunk(
  kind: ParentKind,
  chunk: SeriesChunk,
  seriesId: number,
  names: readonly string[],
): InputRows {
  const { rowCount, baseNs, times } = chunk;
  const columns: [string, InputColumn][] = [];
  for (const [index, column] of chunk.columns.entries())
    if (column !== null) columns.push([names[index], fromChunk(column)]);
  const seriesIds = new Int32Array(rowCount).fill(seriesId);
  return { rowCount, seriesIds, baseNs, times, fields: fieldsOf(kind, columns) };
}

function fieldsOf(kind: ParentKind, columns: readonly (readonly [string, InputColumn])[]): InputField[] {
  if (kind === 'points') return columns.map(([name, column]) => ({ kind, name, type: column.type, column }));
  const byField = new Map<string, Partial<Record<StateName, InputColumn>>>();
  for (const [name, column] of columns) {
    const parsed = parseStateColumn(name);
    if (parsed === undefined) continue;
    let states = byField.get(parsed.field);
    if (states === undefined) byField.set(parsed.field, (states = {}));
    states[parsed.state] = column;
  }
  return [...byField].map(([name, states]) => ({ kind, name, type: fieldType(states), columns: states }));
}

/** The type of a field, by those of its states. */
function fieldType(states: StateInputs): FieldType {
  if (states.true !== undefined) return 'boolean';
  return (states.sum ?? states.last ?? states.count)?.type ?? 'float';
}
