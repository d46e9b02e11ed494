// Meets a compiled SELECT with the schema: gives every reference its type and replaces `*`, `/re/`, `f(*)`, `f(/re/)`,
// `GROUP BY *` and `GROUP BY /re/` by the fields and tags that they stand for.
//
//     SELECT mean(*), host FROM cpu GROUP BY /reg/    →    SELECT mean(idle::float) AS mean_idle, mean(user::float) AS
//                                                          mean_user, host::tag FROM cpu GROUP BY region
import { compareStrings, compileRegex, isWeirError } from '../../base/index.ts';
import type { FieldType } from '../../model/index.ts';
import type { Call, CastType, Expr, Field, Measurement } from '../language/ast.ts';
import { reference, walkExpr } from '../language/ast.ts';
import { printExpr } from '../language/print-expression.ts';
import { invalid } from './call-rules.ts';
import { fieldName } from './column-names.ts';
import type { CompiledSelect } from './compile.ts';
import { strongerType, typeOfExpr } from './expression-types.ts';
import { type ValueType, expandsTo } from './functions.ts';
import type { SchemaOf, StoredSource, TypedSelect, TypedSource } from './typed-select.ts';

/** Opens the snapshots that an entry of FROM names, for the statement that it stands in. */
export type OpenSource = (measurement: Measurement, select: CompiledSelect) => readonly StoredSource[];

/** Inner queries first. Throws `invalid`: `type error: …`, `unable to use tag wildcard in mean()`. */
export function expandSelect(compiled: CompiledSelect, open: OpenSource, schemaOf: SchemaOf): TypedSelect {
  const select = expandInner(compiled, open, schemaOf);
  // Operands that do not go together are an error of the outermost query only; inside they give nothing.
  for (const field of select.fields) typeOfExpr(field.expr, () => null);
  return select;
}

function expandInner(compiled: CompiledSelect, open: OpenSource, schemaOf: SchemaOf): TypedSelect {
  const sources = compiled.sources.flatMap((source): readonly TypedSource[] =>
    source.kind === 'measurement' ? open(source, compiled) : [expandInner(source, open, schemaOf)],
  );
  const typeOfName = (name: string): ValueType => typeInSources(name, sources, schemaOf);
  const fields = compiled.fields.map((field) => ({ ...field, expr: withTypes(field.expr, typeOfName) }));
  const needsSchema = fields.some((field) => hasWildcard(field.expr)) || compiled.dimensions.some(hasWildcard);
  const columns = needsSchema ? wildcardColumns(sources, schemaOf) : NO_COLUMNS;
  const dimensions = expandDimensions(compiled.dimensions, columns.tags);
  const select: TypedSelect = {
    ...compiled,
    kind: 'select',
    fields: expandFields(fields, choosable(columns, compiled.dimensions)),
    condition: compiled.condition === null ? null : withTypes(compiled.condition, typeOfName),
    sources,
    dimensions,
  };
  return select;
}

/** The type of a column that a query has, as an outer query sees it; null when it has none of that name. */
export function typeOfColumn(select: TypedSelect, name: string): ValueType {
  const column = select.fields.find((field) => fieldName(field) === name || topArgument(field, name) !== undefined);
  const type = column === undefined ? null : typeInside(topArgument(column, name) ?? column.expr);
  return type ?? (select.dimensions.includes(name) ? 'tag' : null);
}

/** The type of an inner query's column; null where its operands do not go together. */
function typeInside(expr: Expr): ValueType {
  try {
    return typeOfExpr(expr, () => null);
  } catch (error) {
    if (isWeirError(error) && error.code === 'invalid') return null;
    throw error;
  }
}

/** `host` of `top(value, host, 3)`, which becomes a column as well. */
function topArgument(field: Field, name: string): Expr | undefined {
  if (fieldName(field) === name || field.expr.kind !== 'call') return undefined;
  return extraArguments(field.expr).find((arg) => arg.kind === 'reference' && arg.name === name);
}

/** The tags and fields between the field and the count of top() and bottom(). */
export function extraArguments(call: Call): readonly Expr[] {
  return call.name === 'top' || call.name === 'bottom' ? call.args.slice(1, -1) : [];
}

function typeInSources(name: string, sources: readonly TypedSource[], schemaOf: SchemaOf): ValueType {
  let type: ValueType = null;
  for (const source of sources) type = strongerType(type, typeInSource(name, source, schemaOf));
  return type;
}

function typeInSource(name: string, source: TypedSource, schemaOf: SchemaOf): ValueType {
  if (source.kind === 'select') return typeOfColumn(source, name);
  const { fields, tags } = schemaOf(source);
  return fields.get(name) ?? (tags.has(name) ? 'tag' : null);
}

function withTypes(expr: Expr, typeOfName: (name: string) => ValueType): Expr {
  switch (expr.kind) {
    case 'reference': {
      if (expr.type !== null && expr.type !== 'field') return expr;
      const type = typeOfName(expr.name);
      return type === 'tag' && expr.type === 'field' ? expr : { ...expr, type };
    }
    case 'call':
      return { ...expr, args: expr.args.map((arg) => withTypes(arg, typeOfName)) };
    case 'binary':
      return { ...expr, left: withTypes(expr.left, typeOfName), right: withTypes(expr.right, typeOfName) };
    case 'paren':
      return { ...expr, expr: withTypes(expr.expr, typeOfName) };
    default:
      return expr;
  }
}

interface WildcardColumns {
  readonly fields: ReadonlyMap<string, ValueType>;
  readonly tags: ReadonlySet<string>;
}

const NO_COLUMNS: WildcardColumns = { fields: new Map(), tags: new Set() };

/** All that the sources have, together. */
function wildcardColumns(sources: readonly TypedSource[], schemaOf: SchemaOf): WildcardColumns {
  const fields = new Map<string, ValueType>();
  const tags = new Set<string>();
  const add = (name: string, type: ValueType): void =>
    void fields.set(name, strongerType(fields.get(name) ?? null, type));
  for (const source of sources) {
    if (source.kind === 'select') {
      for (const field of source.fields) add(fieldName(field), typeInside(field.expr));
      for (const tag of source.dimensions) tags.add(tag);
    } else {
      const schema = schemaOf(source);
      for (const [name, type] of schema.fields) add(name, type);
      for (const tag of schema.tags) tags.add(tag);
    }
  }
  return { fields, tags };
}

interface Choice {
  readonly name: string;
  readonly type: ValueType;
}

const TYPE_ORDER: readonly ValueType[] = [null, 'float', 'integer', 'string', 'boolean', 'tag', 'unsigned'];

/** What `*` can stand for: fields and, unless GROUP BY has a wildcard, tags that are not grouped by; ordered by name. */
function choosable(columns: WildcardColumns, dimensions: readonly Expr[]): Choice[] {
  if (columns.fields.size === 0) return [];
  const choices: Choice[] = [...columns.fields].map(([name, type]) => ({ name, type }));
  if (!dimensions.some(hasWildcard)) {
    const grouped = new Set(dimensions.map((dimension) => (dimension.kind === 'reference' ? dimension.name : '')));
    for (const name of columns.tags) if (!grouped.has(name)) choices.push({ name, type: 'tag' });
  }
  const byType = (a: Choice, b: Choice): number => TYPE_ORDER.indexOf(a.type) - TYPE_ORDER.indexOf(b.type);
  return choices.sort((a, b) => compareStrings(a.name, b.name) || byType(a, b));
}

function expandFields(fields: readonly Field[], choices: readonly Choice[]): Field[] {
  return fields.flatMap((field) => {
    const { expr } = field;
    switch (expr.kind) {
      case 'wildcard':
        return choices
          .filter(({ type }) => expr.type === null || (type === 'tag') === (expr.type === 'tag'))
          .map(columnOf);
      case 'regex': {
        const pattern = compileRegex(expr.source);
        return choices.filter(({ name }) => pattern.test(name)).map(columnOf);
      }
      case 'call':
        return expandCall(field, expr, choices);
      case 'binary':
        refuseWildcards(expr);
        return [field];
      default:
        return [field];
    }
  });
}

function columnOf({ name, type }: Choice): Field {
  return { expr: reference(name, type as CastType | null), alias: '' };
}

/** `f(g(*))` becomes one column for each field that g takes, named `f_field`. */
function expandCall(field: Field, call: Call, choices: readonly Choice[]): Field[] {
  const innermost = innermostCall(call);
  const [argument] = innermost.args;
  if (argument?.kind !== 'wildcard' && argument?.kind !== 'regex') return [field];
  if (argument.kind === 'wildcard' && argument.type === 'tag') {
    throw invalid(`unable to use tag wildcard in ${innermost.name}()`);
  }
  const pattern = argument.kind === 'regex' ? compileRegex(argument.source) : null;
  return choices
    .filter(
      ({ name, type }) =>
        type !== null && type !== 'tag' && expandsTo(innermost.name, type) && (pattern?.test(name) ?? true),
    )
    .map(({ name, type }) => ({
      expr: withInnermostArgument(call, reference(name, type as FieldType)),
      alias: `${fieldName(field)}_${name}`,
    }));
}

function innermostCall(call: Call): Call {
  const [argument] = call.args;
  return argument?.kind === 'call' ? innermostCall(argument) : call;
}

function withInnermostArgument(call: Call, argument: Expr): Call {
  const [first, ...others] = call.args;
  return { ...call, args: [first.kind === 'call' ? withInnermostArgument(first, argument) : argument, ...others] };
}

function refuseWildcards(expr: Expr): void {
  walkExpr(expr, (node) => {
    if (node.kind === 'wildcard') throw invalid(`unsupported expression with wildcard: ${printExpr(expr)}`);
    if (node.kind === 'regex') throw invalid(`unsupported expression with regex field: ${printExpr(expr)}`);
  });
}

function expandDimensions(dimensions: readonly Expr[], tags: ReadonlySet<string>): string[] {
  const names = new Set<string>();
  for (const dimension of dimensions) {
    if (dimension.kind === 'reference') names.add(dimension.name);
    else {
      const pattern = dimension.kind === 'regex' ? compileRegex(dimension.source) : null;
      for (const tag of tags) if (pattern?.test(tag) ?? true) names.add(tag);
    }
  }
  return [...names].sort(compareStrings);
}

function hasWildcard(expr: Expr): boolean {
  let found = false;
  walkExpr(expr, (node) => void (found ||= node.kind === 'wildcard' || node.kind === 'regex'));
  return found;
}
