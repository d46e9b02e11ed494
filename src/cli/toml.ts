// TOML in and out.
import { parse, stringify } from 'smol-toml';
import { WeirError, messageOf } from '../base/index.ts';

export type TomlTable = Readonly<Record<string, unknown>>;

/** Throws `invalid`, naming the file, line and column. */
export function parseToml(text: string, path: string): TomlTable {
  try {
    return parse(text);
  } catch (error) {
    throw new WeirError('invalid', `${path} is not TOML: ${messageOf(error)}`, error);
  }
}

export function printToml(table: TomlTable): string {
  return `${stringify(table)}\n`;
}
