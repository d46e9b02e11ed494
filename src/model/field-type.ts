// The five types that a field can have. A field's type is fixed per shard.

export type FieldType = 'float' | 'integer' | 'unsigned' | 'string' | 'boolean';

/** Index = the type's code in binary formats. Append only. */
export const FIELD_TYPES: readonly FieldType[] = ['float', 'integer', 'unsigned', 'string', 'boolean'];

/** The order in which InfluxDB 1.x chooses a column's type when shards disagree: the first present wins. */
const PRECEDENCE: readonly FieldType[] = ['float', 'integer', 'unsigned', 'string', 'boolean'];

export function fieldTypeCode(type: FieldType): number {
  return FIELD_TYPES.indexOf(type);
}

/** The type that wins for a query's column when its shards hold both. */
export function dominantType(a: FieldType, b: FieldType): FieldType {
  return PRECEDENCE.indexOf(a) <= PRECEDENCE.indexOf(b) ? a : b;
}

export function isNumeric(type: FieldType): boolean {
  return type === 'float' || type === 'integer' || type === 'unsigned';
}
