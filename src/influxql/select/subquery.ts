// Rows of a subquery as rows of a source: its columns and the tags that it groups by stand for fields and tags, the outer
// condition is evaluated on them, and its groups become the series of the outer query's groups.
//
//     SELECT max(mean), host FROM (SELECT mean(v) FROM cpu GROUP BY host, time(1m)) WHERE host != 'x' GROUP BY region
//            column 0   tag         inner groups {region, host}, ordered by region first ─────────────► outer groups {region}
import { compareStrings } from '../../base/index.ts';
import type { FieldType } from '../../model/index.ts';
import type { Expr, Reference } from '../language/ast.ts';
import { IN_WHERE, castColumn } from './column-math.ts';
import { columnNames, fieldName } from './column-names.ts';
import { type Formula, literalColumn, rowsWhere, toFormula } from './evaluate.ts';
import { extraArguments } from './expand.ts';
import type { SeriesPiece } from './read-rows.ts';
import { type Column, type Group, type GroupRows, type Rows, gatherRows } from './rows.ts';
import type { TypedSelect } from './typed-select.ts';
import { referencesIn } from './where.ts';

/** Tags that the inner query groups by: the outer ones first, so that groups of one outer group follow one another. */
export function innerDimensions(inner: TypedSelect, dimensions: readonly string[]): string[] {
  const more = inner.dimensions.filter((tag) => !dimensions.includes(tag)).sort(compareStrings);
  return [...dimensions, ...more];
}

/** Where an outer reference finds its value. */
type InnerSource =
  | { readonly kind: 'column'; readonly index: number; readonly type: FieldType | null }
  | { readonly kind: 'tag'; readonly index: number }
  | { readonly kind: 'nothing' };

/** Maps the rows of an inner query, one piece for each of its batches. `ordinal` counts its groups within an outer one. */
export async function* mapInnerRows(
  rows: AsyncIterable<GroupRows>,
  inner: TypedSelect,
  condition: Expr | null,
  references: readonly Reference[],
  dimensions: readonly string[],
): AsyncGenerator<SeriesPiece> {
  const innerTags = innerDimensions(inner, dimensions);
  const sources = references.map((reference) => innerSource(reference, inner, innerTags));
  const filter = condition === null ? null : planFilter(condition, inner, innerTags);
  let last: Group | undefined;
  let group: Group | undefined;
  let ordinal = 0;
  for await (const { group: innerGroup, rows: innerRows } of rows) {
    if (innerGroup !== last) {
      last = innerGroup;
      ordinal++;
      if (group === undefined || !isPartOf(innerGroup, group)) {
        group = { name: innerGroup.name, tags: innerGroup.tags.slice(0, dimensions.length) };
        ordinal = 0;
      }
    }
    if (group === undefined) continue;
    const passed = filter === null ? innerRows : filterRows(innerRows, innerGroup, filter);
    if (passed.rowCount === 0) continue;
    const columns = sources.map((source) => mappedColumn(source, passed, innerGroup));
    yield { group, ordinal, rows: { ...passed, columns } };
  }
}

function isPartOf(inner: Group, outer: Group): boolean {
  return inner.name === outer.name && outer.tags.every((value, index) => inner.tags[index] === value);
}

function innerSource(reference: Reference, inner: TypedSelect, innerTags: readonly string[]): InnerSource {
  const index = columnIndex(inner, reference.name);
  if (index !== undefined) {
    const { type } = reference;
    return { kind: 'column', index, type: type === null || type === 'field' || type === 'tag' ? null : type };
  }
  const tag = innerTags.indexOf(reference.name);
  return tag >= 0 && inner.dimensions.includes(reference.name) ? { kind: 'tag', index: tag } : { kind: 'nothing' };
}

/** The column that a name means: by a field's own name, or by a tag within top() and bottom(). */
function columnIndex(inner: TypedSelect, name: string): number | undefined {
  let index = 0;
  for (const field of inner.fields) {
    if (fieldName(field) === name) return index;
    const extras = field.expr.kind === 'call' ? extraArguments(field.expr) : [];
    const extra = extras.findIndex((arg) => arg.kind === 'reference' && arg.name === name);
    if (extra >= 0) return index + 1 + extra;
    index += 1 + extras.length;
  }
  return undefined;
}

function mappedColumn(source: InnerSource, rows: Rows, group: Group): Column | null {
  switch (source.kind) {
    case 'column': {
      const column = rows.columns[source.index];
      return source.type === null ? column : castColumn(column, source.type, rows.rowCount);
    }
    case 'tag':
      return literalColumn('string', group.tags[source.index], rows.rowCount);
    case 'nothing':
      return null;
  }
}

interface Filter {
  readonly formula: Formula;
  readonly sources: readonly InnerSource[];
}

/** In a condition every name that is no column is a tag; one that does not exist is "". */
function planFilter(condition: Expr, inner: TypedSelect, innerTags: readonly string[]): Filter {
  const references = referencesIn(condition);
  const names = columnNames(
    inner.fields.flatMap((field) => [
      field,
      ...(field.expr.kind === 'call' ? extraArguments(field.expr).map((expr) => ({ expr, alias: '' })) : []),
    ]),
  );
  const sources = references.map(({ name, type }): InnerSource => {
    const index = names.indexOf(name);
    if (index >= 0)
      return { kind: 'column', index, type: type === null || type === 'field' || type === 'tag' ? null : type };
    return { kind: 'tag', index: innerTags.indexOf(name) };
  });
  const formula = toFormula(condition, (expr) => {
    if (expr.kind !== 'reference') return undefined;
    return references.findIndex(({ name, type }) => name === expr.name && type === expr.type);
  });
  return { formula, sources };
}

function filterRows(rows: Rows, group: Group, { formula, sources }: Filter): Rows {
  const columns = sources.map((source): Column | null => {
    if (source.kind === 'tag' && source.index < 0) return literalColumn('string', '', rows.rowCount);
    return mappedColumn(source, rows, group);
  });
  const order = rowsWhere(formula, columns, rows.rowCount, IN_WHERE);
  return order === null ? rows : gatherRows(rows, order);
}
