// The ladder of a database that a command means.
import { WeirError } from '../../base/index.ts';
import { type Catalog, fedLadders } from '../../catalog/index.ts';
import type { PlacedLadder } from '../../ladder/index.ts';

/** undefined where there is none (of that name). Throws `invalid` where it is not clear which one is meant. */
export function findLadder(catalog: Catalog, database: string, name: string | undefined): PlacedLadder | undefined {
  const own = fedLadders(catalog).filter((placed) => placed.database === database);
  if (name !== undefined) return own.find(({ ladder }) => ladder.name === name);
  if (own.length > 1) {
    const names = own.map(({ ladder }) => ladder.name).join(', ');
    throw new WeirError('invalid', `${database} has several ladders: name one of ${names} with --ladder`);
  }
  return own[0];
}
