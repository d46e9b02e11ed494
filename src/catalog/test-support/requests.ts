// An endless, repeatable sequence of random requests to a catalog.
import { DAY, HOUR, type LadderSpec, MINUTE, SECOND, WEEK } from '../../model/index.ts';
import type { RetentionPolicySpec, Subscription } from '../catalog.ts';
import type { Privilege } from '../user.ts';

export type Request =
  | { readonly op: 'createDatabase'; readonly database: string; readonly spec: RetentionPolicySpec | undefined }
  | { readonly op: 'dropDatabase'; readonly database: string }
  | { readonly op: 'createPolicy'; readonly database: string; readonly spec: RetentionPolicySpec }
  | {
      readonly op: 'alterPolicy';
      readonly database: string;
      readonly name: string;
      readonly change: Omit<RetentionPolicySpec, 'name'>;
    }
  | { readonly op: 'dropPolicy'; readonly database: string; readonly name: string }
  | ContinuousQueryRequest
  | LadderRequest
  | SubscriptionRequest
  | UserRequest;

export type ContinuousQueryRequest =
  | { readonly op: 'createContinuousQuery'; readonly database: string; readonly name: string; readonly text: string }
  | { readonly op: 'dropContinuousQuery'; readonly database: string; readonly name: string };

export type LadderRequest =
  | { readonly op: 'createLadder'; readonly database: string; readonly spec: LadderSpec; readonly text: string }
  | {
      readonly op: 'alterLadder';
      readonly database: string;
      readonly spec: LadderSpec;
      readonly text: string;
      readonly keepData: boolean;
    }
  | { readonly op: 'dropLadder'; readonly database: string; readonly name: string; readonly keepData: boolean };

export type SubscriptionRequest =
  | {
      readonly op: 'createSubscription';
      readonly database: string;
      readonly policy: string;
      readonly subscription: Subscription;
    }
  | { readonly op: 'dropSubscription'; readonly database: string; readonly policy: string; readonly name: string };

export type UserRequest =
  | { readonly op: 'createUser'; readonly user: string; readonly password: string; readonly admin: boolean }
  | { readonly op: 'dropUser'; readonly user: string }
  | { readonly op: 'setPassword'; readonly user: string; readonly password: string }
  | { readonly op: 'setAdmin'; readonly user: string; readonly admin: boolean }
  | { readonly op: 'grant'; readonly user: string; readonly database: string; readonly privilege: Privilege }
  | { readonly op: 'revoke'; readonly user: string; readonly database: string; readonly privilege: Privilege };

const DATABASES = ['a', 'b', 'ü c', 'd/e'];
const POLICIES = ['autogen', 'p', 'q', '.'];
const DURATIONS = [undefined, 0n, 1n, HOUR, 2n * HOUR, DAY, 2n * DAY, 30n * DAY, 180n * DAY, 365n * DAY];
const SHARD_DURATIONS = [undefined, 0n, MINUTE, HOUR, 90n * MINUTE, DAY, WEEK];
const REPLICATIONS = [undefined, undefined, 1, 1, 2, 0];
const QUERIES = ['SELECT 1', 'select 1', 'SELECT 2'];
const DESTINATIONS = ['udp://h:1', 'https://u:p@[::1]:8086/x', 'http://h', 'ftp://h:1', 'udp://h:70000'];
const USERS = ['u', 'v', 'ü"', ''];
const PASSWORDS = ['p', 'q', ''];
const PRIVILEGES: readonly Privilege[] = ['READ', 'WRITE', 'ALL PRIVILEGES', 'NO PRIVILEGES'];

export function* requests(seed: number): Generator<Request> {
  let state = seed >>> 0 || 1;
  // The first of a list comes up as often as the rest, so that requests meet each other and most names are valid.
  const pick = <T>(list: readonly T[]): T => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const unit = (state >>> 0) / 2 ** 32;
    return list[Math.floor(unit * unit * list.length)];
  };
  const settings = () => ({
    durationNs: pick(DURATIONS.toReversed()),
    shardDurationNs: pick(SHARD_DURATIONS),
    replicaN: pick(REPLICATIONS),
    makeDefault: pick([undefined, true, false]),
  });
  const databaseRequest = (): Request => {
    const op = pick(['createPolicy', 'alterPolicy', 'createDatabase', 'dropPolicy', 'dropDatabase'] as const);
    const [database, name] = [pick(DATABASES), pick(POLICIES)];
    if (op === 'createDatabase') return { op, database, spec: pick([undefined, { name, ...settings() }]) };
    if (op === 'dropDatabase') return { op, database };
    if (op === 'createPolicy') return { op, database, spec: { name, ...settings() } };
    if (op === 'alterPolicy') return { op, database, name, change: settings() };
    return { op, database, name };
  };
  const continuousQueryRequest = (): ContinuousQueryRequest => {
    const place = { database: pick(DATABASES), name: pick(['c', 'd']) };
    const op = pick(['createContinuousQuery', 'dropContinuousQuery'] as const);
    return op === 'createContinuousQuery' ? { op, ...place, text: pick(QUERIES) } : { op, ...place };
  };
  const ladderRequest = (): LadderRequest => {
    const op = pick(['createLadder', 'alterLadder', 'dropLadder'] as const);
    const [database, name, keepData] = [pick(DATABASES.slice(0, 2)), pick(['l', 'k']), pick([false, true])];
    if (op === 'dropLadder') return { op, database, name, keepData };
    const tiers = [pick(['t', 'q', 'p']), pick(['u', 's', 'autogen'])].map((policy, index) => ({
      policy,
      stepNs: pick(index === 0 ? [10n * SECOND, 30n * SECOND] : [MINUTE, HOUR]),
      timeZone: null,
      durationNs: pick([30n * DAY, DAY, 365n * DAY, 0n]),
      graceNs: HOUR,
    }));
    const base = {
      policy: pick([null, 'autogen', 'p']),
      newPolicy: 'r',
      durationNs: pick([DAY, HOUR, 0n]),
      graceNs: HOUR,
    };
    const rule = { measurements: { kind: 'all' as const }, baseStepNs: SECOND, tiers, states: [], gapShare: 0 };
    const spec = { name, base, rules: [rule], latenessNs: 0n };
    const text = `${base.policy} ${base.durationNs} ${tiers.map((tier) => `${tier.policy} ${tier.stepNs} ${tier.durationNs}`).join()}`;
    return op === 'createLadder' ? { op, database, spec, text } : { op, database, spec, text, keepData };
  };
  const subscriptionRequest = (): SubscriptionRequest => {
    const place = { database: pick(DATABASES), policy: pick(POLICIES) };
    const op = pick(['createSubscription', 'dropSubscription'] as const);
    const [name, mode] = [pick(['s', 't']), pick(['ALL', 'ANY'] as const)];
    if (op === 'dropSubscription') return { op, ...place, name };
    return { op, ...place, subscription: { name, mode, destinations: [pick(DESTINATIONS), pick(DESTINATIONS)] } };
  };
  const userRequest = (): UserRequest => {
    const op = pick(['createUser', 'grant', 'revoke', 'setAdmin', 'setPassword', 'dropUser'] as const);
    const [user, password, admin] = [pick(USERS), pick(PASSWORDS), pick([false, true])];
    if (op === 'createUser') return { op, user, password, admin };
    if (op === 'dropUser') return { op, user };
    if (op === 'setPassword') return { op, user, password };
    if (op === 'setAdmin') return { op, user, admin };
    return { op, user, database: pick(DATABASES), privilege: pick(PRIVILEGES) };
  };
  for (;;) yield pick([databaseRequest, ladderRequest, userRequest, continuousQueryRequest, subscriptionRequest])();
}
