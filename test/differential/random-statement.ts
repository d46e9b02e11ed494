// A random statement about a random database.
import { randomSelect } from './random-select.ts';
import type { Scope } from './scope.ts';
import type { Query } from './select.ts';

export function randomStatement(scope: Omit<Scope, 'columns'>): Query {
  return randomSelect(scope);
}
