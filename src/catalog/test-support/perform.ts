// Sends a request from data to the catalog.
import type { Catalog } from '../catalog.ts';
import type { Request } from './requests.ts';

/** Makes a request of a catalog; resolves with the ids of the buckets that it dropped. */
export async function perform(catalog: Catalog, request: Request): Promise<readonly string[]> {
  switch (request.op) {
    case 'createDatabase':
      await catalog.createDatabase(request.database, request.spec);
      break;
    case 'dropDatabase':
      return catalog.dropDatabase(request.database);
    case 'createPolicy':
      await catalog.createPolicy(request.database, request.spec);
      break;
    case 'alterPolicy':
      await catalog.alterPolicy(request.database, request.name, request.change);
      break;
    case 'dropPolicy': {
      const id = await catalog.dropPolicy(request.database, request.name);
      return id === undefined ? [] : [id];
    }
    case 'createContinuousQuery':
      await catalog.createContinuousQuery(request.database, request.name, request.text);
      break;
    case 'dropContinuousQuery':
      await catalog.dropContinuousQuery(request.database, request.name);
      break;
    case 'createSubscription':
      await catalog.createSubscription(request.database, request.policy, request.subscription);
      break;
    case 'dropSubscription':
      await catalog.dropSubscription(request.database, request.policy, request.name);
      break;
    case 'createLadder':
      await catalog.createLadder(request.database, request.spec, request.text);
      break;
    case 'alterLadder':
      return catalog.alterLadder(request.database, request.spec, request.text, request.keepData);
    case 'dropLadder':
      return catalog.dropLadder(request.database, request.name, request.keepData);
    case 'createUser':
      await catalog.createUser(request.user, request.password, request.admin);
      break;
    case 'dropUser':
      await catalog.dropUser(request.user);
      break;
    case 'setPassword':
      await catalog.setPassword(request.user, request.password);
      break;
    case 'setAdmin':
      await catalog.setAdmin(request.user, request.admin);
      break;
    case 'grant':
    case 'revoke':
      await catalog[request.op](request.user, request.database, request.privilege);
  }
  return [];
}
