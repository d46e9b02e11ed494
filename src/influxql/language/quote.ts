// How names and strings are written so that they are read back as they are.
import { isKeyword } from './token.ts';

/** `'it\'s'` */
export function quoteString(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&').replaceAll('\n', '\\n')}'`;
}

/** Bare where that is possible, else in double quotes. Of several names all but the last are always quoted. */
export function quoteIdentifier(...names: readonly string[]): string {
  const last = names.length - 1;
  const quoted = names.map((name, index) => {
    const edgeAndEmpty = name === '' && (index === 0 || index === last);
    if (!needsQuotes(name) && !edgeAndEmpty && (index === last || name === '')) return name;
    return `"${name.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
  });
  return quoted.join('.');
}

function needsQuotes(name: string): boolean {
  return name !== '' && (isKeyword(name) || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name));
}
