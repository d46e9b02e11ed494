// A compiled SELECT once it has met the data's schema: every reference has its type, no wildcards are left, sources are
// snapshots.
import type { FieldType, TimeRange } from '../../model/index.ts';
import type { Snapshot } from '../../view/index.ts';
import type { Expr, Field } from '../language/ast.ts';
import type { CompiledSelect } from './compile.ts';
import { measurementSchema, mergeSchemas } from './stored-input.ts';

export interface TypedSelect extends Omit<CompiledSelect, 'kind' | 'sources' | 'dimensions'> {
  readonly kind: 'select';
  /** References carry a field's type or `tag`; null for what no source has. */
  readonly fields: readonly Field[];
  readonly condition: Expr | null;
  readonly sources: readonly TypedSource[];
  /** Tags of GROUP BY, ascending, each once. */
  readonly dimensions: readonly string[];
}

export type TypedSource = StoredSource | TypedSelect;

/** What one entry of FROM names: one or, by a regex, several measurements of a bucket. */
export interface StoredSource {
  readonly kind: 'stored';
  readonly snapshot: Snapshot;
  /** Ascending; only such as exist. */
  readonly measurements: readonly string[];
}

/** The fields and tags of a source, as far as they concern one statement. */
export interface SourceSchema {
  readonly fields: ReadonlyMap<string, FieldType>;
  readonly tags: ReadonlySet<string>;
}

/** Finds the schema of a source's measurements within the statement's range; the same object for the same source. */
export type SchemaOf = (source: StoredSource) => SourceSchema;

export function schemaReader(range: TimeRange): SchemaOf {
  const known = new Map<StoredSource, SourceSchema>();
  return (source) => {
    let schema = known.get(source);
    if (schema === undefined) {
      schema = mergeSchemas(source.measurements.map((name) => measurementSchema(source.snapshot, name, range)));
      known.set(source, schema);
    }
    return schema;
  };
}
