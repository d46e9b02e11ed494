// Numbers, strings and booleans of one field have states of the same names. A shard of a tier has one kind of each field, the
// first that came to it, though the base's shards, which are shorter, may have had several. Windows of another kind are refused.
import type { BatchColumn, FieldType, MeasurementBatch, PointBatch } from '../model/index.ts';
import { isNumeric } from '../model/index.ts';
import { type TableSnapshot, takeRows } from '../view/index.ts';
import { parseStateColumn } from './state-columns.ts';

type FieldKind = 'number' | 'string' | 'boolean';

/** In the order in which they are written where both are new. */
export const FIELD_KINDS: readonly FieldKind[] = ['number', 'string', 'boolean'];

/** Which fields of a tier have been of several kinds: nearly always none. */
export class FieldKinds {
  readonly #kinds = new Map<string, FieldKind>();
  readonly #mixed = new Set<string>();
  readonly #measurements = new Set<string>();

  /** `stored`: what the tier has of a measurement; asked for once. */
  areMixed({ tables }: PointBatch, stored: (measurement: string) => readonly TableSnapshot[]): boolean {
    let mixed = false;
    for (const { measurement, columns } of tables) {
      if (!this.#measurements.has(measurement)) {
        this.#measurements.add(measurement);
        for (const { fields } of stored(measurement))
          for (const [name, type] of fields) this.#note(measurement, name, type);
      }
      for (const { name, type } of columns) if (this.#note(measurement, name, type)) mixed = true;
    }
    return mixed;
  }

  /** Whether the field has been of several kinds. */
  #note(measurement: string, column: string, type: FieldType): boolean {
    const found = kindOf(column, type);
    if (found === undefined) return false;
    const key = `${measurement}\0${found.field}`;
    const known = this.#kinds.get(key) ?? found.kind;
    this.#kinds.set(key, known);
    if (known !== found.kind) this.#mixed.add(key);
    return this.#mixed.has(key);
  }
}

/** undefined for columns that fields of every kind have. */
function kindOf(column: string, type: FieldType): { readonly field: string; readonly kind: FieldKind } | undefined {
  const parsed = parseStateColumn(column);
  if (parsed === undefined || parsed.state === 'count') return undefined;
  if (parsed.state === 'true') return { field: parsed.field, kind: 'boolean' };
  if (parsed.state !== 'first' && parsed.state !== 'last') return { field: parsed.field, kind: 'number' };
  return { field: parsed.field, kind: isNumeric(type) ? 'number' : type === 'string' ? 'string' : 'boolean' };
}

export interface FittingPart {
  readonly batch: MeasurementBatch;
  /** Windows of fields that are of another kind where they would lie. */
  readonly refused: number;
  readonly reason: string;
}

/** The windows of fields of one kind, where the tier's shards, as they are, have no other kind of them. */
export function fittingPart(table: MeasurementBatch, kind: FieldKind, shards: readonly TableSnapshot[]): FittingPart {
  const { rowCount, measurement } = table;
  const columns: BatchColumn[] = [];
  const kept = new Uint8Array(rowCount);
  let refused = 0;
  let reason = '';
  for (const [field, own] of columnsByField(table.columns)) {
    const rows = rowsOfKind(own, kind, rowCount);
    for (let row = 0; row < rowCount; row++) {
      if (rows[row] === 0) continue;
      const other = otherKindAt(table.baseNs + BigInt(table.times[row]), field, kind, shards);
      if (other === undefined) {
        kept[row] = 1;
        continue;
      }
      rows[row] = 0;
      refused++;
      reason = `field "${field}" of measurement "${measurement}" is of kind ${kind} in windows of a shard that has it as ${other}`;
    }
    for (const column of own) columns.push({ ...column, valid: both(column.valid, rows) });
  }
  const taken = Int32Array.from([...kept.keys()].filter((row) => kept[row] !== 0));
  return { batch: takeRows({ ...table, columns }, taken), refused, reason };
}

function columnsByField(columns: readonly BatchColumn[]): ReadonlyMap<string, readonly BatchColumn[]> {
  return Map.groupBy(columns, ({ name }) => parseStateColumn(name)?.field ?? name);
}

/** One byte a row: whether the field is of this kind there. */
function rowsOfKind(columns: readonly BatchColumn[], kind: FieldKind, rowCount: number): Uint8Array {
  const rows = new Uint8Array(rowCount);
  for (const { name, type, valid } of columns) {
    if (kindOf(name, type)?.kind !== kind) continue;
    for (let row = 0; row < rowCount; row++) if (valid === null || valid[row] !== 0) rows[row] = 1;
  }
  return rows;
}

function otherKindAt(
  timeNs: bigint,
  field: string,
  kind: FieldKind,
  shards: readonly TableSnapshot[],
): FieldKind | undefined {
  const own = shards.find(({ shard }) => timeNs >= shard.startNs && timeNs < shard.endNs);
  if (own === undefined) return undefined;
  for (const [name, type] of own.fields) {
    const found = kindOf(name, type);
    if (found !== undefined && found.field === field && found.kind !== kind) return found.kind;
  }
  return undefined;
}

function both(valid: Uint8Array | null, rows: Uint8Array): Uint8Array {
  return valid === null ? rows : rows.map((has, row) => has & valid[row]);
}
