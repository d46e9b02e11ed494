// Bound parameters: `$name` in a query stands for a value that came beside it, as JSON.
//
//     {"h": "server01", "n": 3, "m": {"identifier": "cpu"}, "r": {"regex": "^a"}, "d": {"duration": "10m"}}
import { WeirError, messageOf } from '../../base/index.ts';
import { formatDuration } from '../../model/index.ts';
import type { Token } from './token.ts';

/** Integers are bigint, floats are number; what cannot be bound is an error only where it is used. */
export type BoundParameters = ReadonlyMap<string, unknown>;

export const NO_PARAMETERS: BoundParameters = new Map();

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** Reads the `params` of a request. Numbers without a point are int64, exact. Throws `invalid`. */
export function parseParameters(json: string): BoundParameters {
  let value: unknown;
  try {
    value = JSON.parse(json, reviveExactNumber);
  } catch (error) {
    throw new WeirError('invalid', `error parsing query parameters: ${messageOf(error)}`, error);
  }
  if (!isRecord(value)) throw new WeirError('invalid', 'error parsing query parameters: expected an object');
  return new Map(Object.entries(value));
}

/** The token that the value stands for. Kind `parameter` means that it cannot be bound; the text then says why. */
export function bindParameter(value: unknown): Pick<Token, 'kind' | 'text'> {
  switch (typeof value) {
    case 'number':
      return { kind: 'number', text: decimal(value) };
    case 'bigint':
      return { kind: 'integer', text: value.toString() };
    case 'string':
      return { kind: 'string', text: value };
    case 'boolean':
      return { kind: value ? 'TRUE' : 'FALSE', text: '' };
    default:
      if (isRecord(value)) return bindTyped(value);
      return unbound(`unable to bind parameter with type ${Array.isArray(value) ? '[]interface {}' : '<nil>'}`);
  }
}

function bindTyped(record: Readonly<Record<string, unknown>>): Pick<Token, 'kind' | 'text'> {
  const entries = Object.entries(record);
  if (entries.length !== 1) return unbound('bound object parameter value must have exactly one entry');
  const [type, value] = entries[0];
  switch (type) {
    case 'ident':
    case 'identifier':
      if (typeof value === 'string') return { kind: 'identifier', text: value };
      return unbound('identifier must be a string value');
    case 'regex':
      if (typeof value === 'string') return { kind: 'regex', text: value };
      return unbound('regex literal must be a string value');
    case 'string':
      if (typeof value === 'string') return { kind: 'string', text: value };
      return unbound('string literal must be a string value');
    case 'float':
    case 'number':
      if (typeof value === 'number') return { kind: 'number', text: decimal(value) };
      if (typeof value === 'bigint') return { kind: 'number', text: value.toString() };
      return unbound('number literal must be a float value');
    case 'int':
    case 'integer':
      if (typeof value === 'bigint') return { kind: 'integer', text: value.toString() };
      return unbound('integer literal must be an integer value');
    case 'boolean':
      if (typeof value === 'boolean') return { kind: value ? 'TRUE' : 'FALSE', text: '' };
      return unbound('boolean literal must be a boolean value');
    case 'duration':
      if (typeof value === 'string') return { kind: 'duration', text: value };
      if (typeof value === 'bigint') return { kind: 'duration', text: formatDuration(value) };
      return unbound('duration literal must be a string or integer value');
    default:
      return unbound(`unknown bind object type: ${type}`);
  }
}

function unbound(reason: string): Pick<Token, 'kind' | 'text'> {
  return { kind: 'parameter', text: reason };
}

/** Without an exponent, as the lexer reads numbers. */
function decimal(value: number): string {
  const text = String(value);
  if (!text.includes('e')) return text;
  return Number.isInteger(value) ? BigInt(value).toString() : value.toFixed(100).replace(/0+$/, '');
}

function reviveExactNumber(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined || source.includes('.')) return value;
  if (!/^-?\d+$/.test(source)) throw new Error(`"${source}" is neither an integer nor a decimal number`);
  const integer = BigInt(source);
  if (integer < INT64_MIN || integer > INT64_MAX) throw new Error(`integer ${source} is out of range`);
  return integer;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
