// One measurement of one snapshot as a query reads it: which shards, which series in which groups, under which conditions.
import { type FieldType, type TimeRange, dominantType, isNumeric } from '../../model/index.ts';
import type { Snapshot, TableSnapshot } from '../../view/index.ts';
import type { Expr, Reference } from '../language/ast.ts';
import type { QueryEnv } from './query-env.ts';
import { type GroupOptions, type SeriesGroups, groupSeries } from './series-groups.ts';
import type { SourceSchema } from './typed-select.ts';
import { type SeriesClass, classifySeries, splitCondition } from './where.ts';

export interface StoredInput {
  readonly name: string;
  readonly snapshot: Snapshot;
  /** Ascending in time. */
  readonly tables: readonly TableSnapshot[];
  readonly range: TimeRange;
  readonly schema: SourceSchema;
  readonly groups: SeriesGroups;
  readonly classes: readonly SeriesClass[];
}

export interface StoredQuery extends GroupOptions {
  readonly condition: Expr | null;
  readonly range: TimeRange;
}

/** undefined when the measurement has nothing to read. Throws `limit` for too many series. */
export function openStored(
  snapshot: Snapshot,
  name: string,
  query: StoredQuery,
  env: QueryEnv,
): StoredInput | undefined {
  const { range } = query;
  const tables = snapshot.tables(name, range);
  if (tables.length === 0) return undefined;
  const schema = measurementSchema(snapshot, name, range);
  const condition = splitCondition(query.condition, name, schema);
  const candidates = snapshot.series(name, condition.series ?? undefined);
  const inRange = snapshot.seriesInRange(candidates, name, range);
  env.checkSeriesCount(inRange.length);
  const classes = classifySeries(condition, inRange, snapshot, schema);
  const ids =
    classes.length === 1 ? classes[0].seriesIds : Int32Array.from(classes.flatMap((one) => [...one.seriesIds]));
  if (ids.length === 0) return undefined;
  return { name, snapshot, tables, range, schema, groups: groupSeries(name, ids, snapshot, query), classes };
}

/** The schema of one measurement alone. */
export function measurementSchema(snapshot: Snapshot, name: string, range: TimeRange): SourceSchema {
  return { fields: snapshot.fields(name, range), tags: new Set(snapshot.tagKeys(name)) };
}

/** The schema of several measurements together. */
export function mergeSchemas(schemas: readonly SourceSchema[]): SourceSchema {
  if (schemas.length === 1) return schemas[0];
  const fields = new Map<string, FieldType>();
  const tags = new Set<string>();
  for (const schema of schemas) {
    for (const [name, type] of schema.fields) {
      const other = fields.get(name);
      fields.set(name, other === undefined ? type : dominantType(other, type));
    }
    for (const tag of schema.tags) tags.add(tag);
  }
  return { fields, tags };
}

/** What a reference means in one measurement; a cast that no value survives means nothing. */
export type ColumnSource =
  | { readonly kind: 'field'; readonly name: string; readonly type: FieldType }
  | { readonly kind: 'tag'; readonly name: string }
  | { readonly kind: 'nothing' };

export function columnSource(reference: Reference, schema: SourceSchema): ColumnSource {
  const { name, type } = reference;
  if (type === 'tag') return { kind: 'tag', name };
  const fieldType = schema.fields.get(name);
  if (fieldType === undefined) return type === null ? { kind: 'tag', name } : { kind: 'nothing' };
  if (type === null || type === 'field' || type === fieldType) return { kind: 'field', name, type: fieldType };
  return isNumeric(type) && isNumeric(fieldType) ? { kind: 'field', name, type } : { kind: 'nothing' };
}
