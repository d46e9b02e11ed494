// A second, plain statement of InfluxDB 1.8's rules, as upstream's metadata package applies them: one mutable list, each
// rule written out where it holds. Tests compare the catalog with it.
import type { RetentionPolicySpec } from '../catalog.ts';
import { type ModelLadder, applyLadderRequest, ownerOf, showLadder } from './model-ladders.ts';
import { ModelUsers } from './model-users.ts';
import type { ContinuousQueryRequest, Request, SubscriptionRequest } from './requests.ts';

export interface ModelPolicy {
  name: string;
  hours: number;
  shardHours: number;
  replicaN: number;
  subscriptions: { name: string; text: string }[];
}

export interface ModelDatabase {
  defaultPolicy: string;
  policies: ModelPolicy[];
  queries: { name: string; text: string }[];
  ladders: ModelLadder[];
}

const HOUR_NS = 3_600_000_000_000;

export class ModelCatalog {
  readonly databases = new Map<string, ModelDatabase>();
  readonly users = new ModelUsers(this.databases);

  /** The text of the error, or undefined when the request is carried out. */
  apply(request: Request): string | undefined {
    switch (request.op) {
      case 'createDatabase':
        return this.#createDatabase(request.database, request.spec);
      case 'dropDatabase':
        if (this.databases.delete(request.database)) this.users.databaseDropped(request.database);
        return undefined;
      case 'createPolicy':
        return this.#createPolicy(request.database, request.spec, request.spec.makeDefault === true);
      case 'alterPolicy':
        return this.#alterPolicy(request.database, request.name, request.change);
      case 'dropPolicy': {
        const database = this.databases.get(request.database);
        const owner = database?.policies.some(({ name }) => name === request.name) && ownerOf(database, request.name);
        if (owner)
          return `retention policy "${request.name}" belongs to ladder "${owner}": drop or alter the ladder first`;
        if (database) database.policies = database.policies.filter(({ name }) => name !== request.name);
        return undefined;
      }
      case 'createContinuousQuery':
      case 'dropContinuousQuery':
        return this.#continuousQuery(request);
      case 'createSubscription':
      case 'dropSubscription':
        return this.#subscription(request);
      case 'createLadder':
      case 'alterLadder':
      case 'dropLadder':
        return applyLadderRequest(this.databases.get(request.database), request);
      default:
        return this.users.apply(request);
    }
  }

  show(): string[] {
    const databases = [...this.databases.keys()].sort().map((name) => {
      const { defaultPolicy, policies, queries, ladders } = this.databases.get(name) ?? emptyDatabase('');
      const texts = policies.map((policy) => {
        const star = policy.name === defaultPolicy ? '*' : '';
        const settings = `${goHours(policy.hours)} ${goHours(policy.shardHours)} ${policy.replicaN}`;
        return `${policy.name}${star} ${settings}${policy.subscriptions.map(({ text }) => ` <${text}>`).join('')}`;
      });
      const dangling = policies.some((policy) => policy.name === defaultPolicy) ? '' : ` (default ${defaultPolicy})`;
      const shownQueries = queries.map((each) => ` [${each.name}: ${each.text}]`).join('');
      return `${name}: ${texts.join(', ')}${dangling}${shownQueries}${ladders.map(showLadder).join('')}`;
    });
    return [...databases, ...this.users.show()];
  }

  #continuousQuery(request: ContinuousQueryRequest): string | undefined {
    const database = this.databases.get(request.database);
    if (request.op === 'dropContinuousQuery') {
      if (database) database.queries = database.queries.filter(({ name }) => name !== request.name);
      return undefined;
    }
    if (!database) return `database not found: ${request.database}`;
    const existing = database.queries.find(({ name }) => name === request.name);
    if (!existing) database.queries.push({ name: request.name, text: request.text });
    else if (existing.text.toLowerCase() !== request.text.toLowerCase()) return 'continuous query already exists';
    return undefined;
  }

  #subscription(request: SubscriptionRequest): string | undefined {
    if (request.op === 'createSubscription') {
      // The list of the requests has just these two good ones.
      const good = ['udp://h:1', 'https://u:p@[::1]:8086/x'];
      const bad = request.subscription.destinations.find((url) => !good.includes(url));
      if (bad !== undefined) return `invalid subscription URL: ${bad}`;
    }
    const database = this.databases.get(request.database);
    if (!database) return `database not found: ${request.database}`;
    const policy = database.policies.find(({ name }) => name === request.policy);
    if (!policy) return `retention policy not found: ${request.policy}`;
    const wanted = request.op === 'createSubscription' ? request.subscription.name : request.name;
    const at = policy.subscriptions.findIndex(({ name }) => name === wanted);
    if (request.op === 'dropSubscription') {
      if (at < 0) return 'subscription not found';
      policy.subscriptions.splice(at, 1);
      return undefined;
    }
    if (at >= 0) return 'subscription already exists';
    const { mode, destinations } = request.subscription;
    policy.subscriptions.push({ name: wanted, text: `${wanted} ${mode} ${destinations.join(',')}` });
    return undefined;
  }

  #createDatabase(name: string, spec: RetentionPolicySpec | undefined): string | undefined {
    if (name.includes('/')) return 'invalid name';
    if (spec?.name === '.') return 'invalid name';
    const tooLow = spec !== undefined && isTooLow(spec.durationNs);
    if (tooLow) return 'retention policy duration must be at least 1h0m0s';
    const database = this.databases.get(name);
    if (!spec) {
      if (!database) {
        const policies = [{ name: 'autogen', hours: 0, shardHours: 168, replicaN: 1, subscriptions: [] }];
        this.databases.set(name, { ...emptyDatabase('autogen'), policies });
      }
      return undefined;
    }
    if (!database || database.policies.length === 0) {
      if (!database) this.databases.set(name, emptyDatabase(spec.name));
      const error = this.#createPolicy(name, spec, true);
      if (error && !database) this.databases.delete(name);
      return error;
    }
    const policy = database.policies.find((each) => each.name === spec.name);
    const matches =
      policy !== undefined &&
      (spec.durationNs === undefined || hoursOf(spec.durationNs) === policy.hours) &&
      (spec.replicaN === undefined || spec.replicaN === policy.replicaN) &&
      shardHoursOf(spec.shardDurationNs, policy.hours) === policy.shardHours;
    if (!matches || database.defaultPolicy !== spec.name) return 'retention policy conflicts with an existing policy';
    return undefined;
  }

  #createPolicy(databaseName: string, spec: RetentionPolicySpec, makeDefault: boolean): string | undefined {
    if (spec.name === '.') return 'invalid name';
    if (isTooLow(spec.durationNs)) return 'retention policy duration must be at least 1h0m0s';
    const replicaN = spec.replicaN ?? 1;
    if (replicaN < 1) return 'replication factor must be greater than 0';
    const hours = hoursOf(spec.durationNs ?? 0n);
    const shardHours = shardHoursOf(spec.shardDurationNs, hours);
    if (hours > 0 && hours < shardHours) return 'retention policy duration must be greater than the shard duration';
    const database = this.databases.get(databaseName);
    if (!database) return `database not found: ${databaseName}`;
    const policy = database.policies.find(({ name }) => name === spec.name);
    if (policy) {
      const equal = policy.replicaN === replicaN && policy.hours === hours && policy.shardHours === shardHours;
      if (!equal) return 'retention policy already exists';
      if (makeDefault && database.defaultPolicy !== spec.name) {
        return 'retention policy conflicts with an existing policy';
      }
      return undefined;
    }
    database.policies.push({ name: spec.name, hours, shardHours, replicaN, subscriptions: [] });
    if (makeDefault) database.defaultPolicy = spec.name;
    return undefined;
  }

  #alterPolicy(databaseName: string, name: string, change: Omit<RetentionPolicySpec, 'name'>): string | undefined {
    const database = this.databases.get(databaseName);
    if (!database) return `database not found: ${databaseName}`;
    const policy = database.policies.find((each) => each.name === name);
    if (!policy) return `retention policy not found: ${name}`;
    if (isTooLow(change.durationNs)) return 'retention policy duration must be at least 1h0m0s';
    const incompatible = 'retention policy duration must be greater than the shard duration';
    const shardGiven = change.shardDurationNs === undefined ? undefined : hoursOf(change.shardDurationNs);
    if (change.durationNs !== undefined && change.durationNs > 0n) {
      const hours = hoursOf(change.durationNs);
      if (shardGiven !== undefined && hours < shardGiven) return incompatible;
      if (shardGiven === undefined && hours < policy.shardHours) return incompatible;
    }
    if (change.durationNs === undefined && policy.hours > 0 && shardGiven !== undefined && policy.hours < shardGiven) {
      return incompatible;
    }
    // Upstream's parser lets no replication below 1 through, so its metadata does not check it here.
    if (change.replicaN !== undefined && change.replicaN < 1) return 'replication factor must be greater than 0';
    const owner = ownerOf(database, name);
    if (owner && change.durationNs !== undefined && hoursOf(change.durationNs) !== policy.hours)
      return `retention policy "${name}" belongs to ladder "${owner}": alter the ladder instead`;
    if (change.durationNs !== undefined) policy.hours = hoursOf(change.durationNs);
    if (change.replicaN !== undefined) policy.replicaN = change.replicaN;
    if (shardGiven !== undefined) policy.shardHours = shardHoursOf(change.shardDurationNs, policy.hours);
    if (change.makeDefault) database.defaultPolicy = name;
    return undefined;
  }
}

function emptyDatabase(defaultPolicy: string): ModelDatabase {
  return { defaultPolicy, policies: [], queries: [], ladders: [] };
}

function isTooLow(durationNs: bigint | undefined): boolean {
  return durationNs !== undefined && durationNs !== 0n && durationNs < BigInt(HOUR_NS);
}

function hoursOf(ns: bigint): number {
  return Number(ns) / HOUR_NS;
}

function shardHoursOf(ns: bigint | undefined, hours: number): number {
  if (ns !== undefined && ns !== 0n) return Math.max(1, hoursOf(ns));
  if (hours === 0 || hours >= 180 * 24) return 7 * 24;
  return hours >= 2 * 24 ? 24 : 1;
}

function goHours(hours: number): string {
  return hours === 0 ? '0s' : `${Math.floor(hours)}h${Math.round((hours % 1) * 60)}m0s`;
}
