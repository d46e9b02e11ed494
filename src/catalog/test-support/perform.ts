// Sends a request from data to the catalog.
import type { Catalog } from '../catalog.ts';
import type { Request } from './requests.ts';

/** Makes a request of a catalog; resolves with the ids of the buckets that it dropped. */
export async function perform(catalog: Catalog, request: Request): Promise<readonly string[]> {
  const { op, database } = request;
  if (op === 'createDatabase') await catalog.createDatabase(database, request.spec);
  else if (op === 'dropDatabase') return catalog.dropDatabase(database);
  else if (op === 'createPolicy') await catalog.createPolicy(database, request.spec);
  else if (op === 'alterPolicy') await catalog.alterPolicy(database, request.name, request.change);
  else {
    const id = await catalog.dropPolicy(database, request.name);
    return id === undefined ? [] : [id];
  }
  return [];
}
