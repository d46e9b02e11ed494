// A FieldPredicate made ready to run: for a chunk it gives one byte a row.
import { type Regex, assert, compileRegex } from '../../base/index.ts';
import type { ChunkColumn, SeriesChunk } from '../../model/index.ts';
import type { FieldOperand, FieldPredicate } from '../plan.ts';
import { compareOperands } from './compare.ts';
import { evaluateOperand } from './evaluate.ts';

/** Which rows of a chunk pass. */
export type Selection = 'all' | 'none' | Uint8Array;

/** The names of all fields that a predicate looks at, each once. */
export function predicateFields(predicate: FieldPredicate | null): readonly string[] {
  const names = new Set<string>();
  const visitOperand = (operand: FieldOperand): void => {
    if (operand.kind === 'field') names.add(operand.name);
    else if (operand.kind === 'math') {
      visitOperand(operand.left);
      visitOperand(operand.right);
    }
  };
  const visit = (term: FieldPredicate): void => {
    switch (term.op) {
      case 'and':
      case 'or':
        term.terms.forEach(visit);
        break;
      case 'const':
        break;
      case '=~':
      case '!~':
        names.add(term.field);
        break;
      default:
        visitOperand(term.left);
        visitOperand(term.right);
    }
  };
  if (predicate !== null) visit(predicate);
  return [...names];
}

export class RowFilter {
  readonly #predicate: FieldPredicate;
  /** Field name -> index of its column in the chunks. */
  readonly #columns: ReadonlyMap<string, number>;
  readonly #patterns = new Map<string, MatchCache>();

  constructor(predicate: FieldPredicate, columns: ReadonlyMap<string, number>) {
    this.#predicate = predicate;
    this.#columns = columns;
  }

  select(chunk: SeriesChunk): Selection {
    return tidy(this.#evaluate(this.#predicate, chunk));
  }

  #evaluate(predicate: FieldPredicate, chunk: SeriesChunk): Selection {
    switch (predicate.op) {
      case 'const':
        return predicate.value ? 'all' : 'none';
      case 'and':
        return this.#all(predicate.terms, chunk);
      case 'or':
        return this.#any(predicate.terms, chunk);
      case '=~':
      case '!~':
        return this.#match(predicate.field, predicate.source, predicate.op === '=~', chunk);
      default: {
        const columnOf = (field: string): ChunkColumn | null => this.#columnOf(field, chunk);
        const left = evaluateOperand(predicate.left, columnOf, chunk.rowCount);
        const right = evaluateOperand(predicate.right, columnOf, chunk.rowCount);
        return compareOperands(predicate.op, left, right, chunk.rowCount) ?? 'none';
      }
    }
  }

  #all(terms: readonly FieldPredicate[], chunk: SeriesChunk): Selection {
    let result: Selection = 'all';
    for (const term of terms) {
      const next = this.#evaluate(term, chunk);
      if (next === 'none') return 'none';
      if (next === 'all') continue;
      if (result === 'all') result = next;
      else for (let row = 0; row < next.length; row++) result[row] &= next[row];
    }
    return result;
  }

  #any(terms: readonly FieldPredicate[], chunk: SeriesChunk): Selection {
    let result: Selection = 'none';
    for (const term of terms) {
      const next = this.#evaluate(term, chunk);
      if (next === 'all') return 'all';
      if (next === 'none') continue;
      if (result === 'none') result = next;
      else for (let row = 0; row < next.length; row++) result[row] |= next[row];
    }
    return result;
  }

  #match(field: string, source: string, wanted: boolean, chunk: SeriesChunk): Selection {
    const column = this.#columnOf(field, chunk);
    if (column === null || column.type !== 'string') return 'none';
    let cache = this.#patterns.get(source);
    if (cache === undefined) this.#patterns.set(source, (cache = new MatchCache(source)));
    const values = column.values as readonly string[];
    const mask = new Uint8Array(chunk.rowCount);
    for (let row = 0; row < mask.length; row++) {
      if (column.valid !== null && column.valid[row] === 0) continue;
      if (cache.test(values[row]) === wanted) mask[row] = 1;
    }
    return mask;
  }

  #columnOf(field: string, chunk: SeriesChunk): ChunkColumn | null {
    const index = this.#columns.get(field);
    assert(index !== undefined, 'the fields of a filter are read');
    return chunk.columns[index];
  }
}

/** A mask that says the same of every row in fewer words. */
function tidy(selection: Selection): Selection {
  if (typeof selection === 'string') return selection;
  if (!selection.includes(1)) return 'none';
  return selection.includes(0) ? selection : 'all';
}

const MAX_REMEMBERED = 10_000;

/** Strings repeat, matching is slow: each different one is matched once. */
class MatchCache {
  readonly #regex: Regex;
  readonly #known = new Map<string, boolean>();

  constructor(source: string) {
    this.#regex = compileRegex(source);
  }

  test(text: string): boolean {
    let known = this.#known.get(text);
    if (known === undefined) {
      known = this.#regex.test(text);
      if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
      this.#known.set(text, known);
    }
    return known;
  }
}
