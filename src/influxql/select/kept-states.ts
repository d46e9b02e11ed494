// What a ladder must be declared with for a tier to answer a function.
import { WeirError } from '../../base/index.ts';
import type { AggregateKind } from '../../exec/index.ts';
import type { OptionalState } from '../../model/index.ts';
import type { StateColumns } from '../../view/index.ts';

/** The state that answers a function and is only kept where STATES asks for it. */
const ON_REQUEST: ReadonlyMap<AggregateKind, readonly [state: string, option: OptionalState]> = new Map([
  ['first', ['first', 'first']],
  ['last', ['last', 'last']],
  ['stddev', ['m2', 'stddev']],
  ['increase', ['increase', 'counter']],
  ['percentile', ['sketch', 'percentile']],
  ['median', ['sketch', 'percentile']],
]);

/** Throws `invalid` when the columns of a field's states lack what the function needs. */
export function refuseUnkept(kind: AggregateKind, field: string, columns: StateColumns): void {
  const needed = ON_REQUEST.get(kind);
  if (needed === undefined || columns[needed[0]] !== undefined) return;
  const reason = `the tier does not keep what it needs; the ladder's rule must say STATES (${field}) ${needed[1]}`;
  throw new WeirError('invalid', `${kind}(${field}) cannot be answered: ${reason}`);
}
