// An endless, repeatable sequence of random requests to a catalog.
import { DAY, HOUR, MINUTE, WEEK } from '../../model/index.ts';
import type { RetentionPolicySpec } from '../catalog.ts';

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
  | { readonly op: 'dropPolicy'; readonly database: string; readonly name: string };

const DATABASES = ['a', 'b', 'ü c', 'd/e'];
const POLICIES = ['autogen', 'p', 'q', '.'];
const DURATIONS = [undefined, 0n, 1n, HOUR, 2n * HOUR, DAY, 2n * DAY, 30n * DAY, 180n * DAY, 365n * DAY];
const SHARD_DURATIONS = [undefined, 0n, MINUTE, HOUR, 90n * MINUTE, DAY, WEEK];
const REPLICATIONS = [undefined, undefined, 1, 1, 2, 0];

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
  const operations = ['createPolicy', 'alterPolicy', 'createDatabase', 'dropPolicy', 'dropDatabase'] as const;
  for (;;) {
    const op = pick(operations);
    const [database, name] = [pick(DATABASES), pick(POLICIES)];
    if (op === 'createDatabase') yield { op, database, spec: pick([undefined, { name, ...settings() }]) };
    else if (op === 'dropDatabase') yield { op, database };
    else if (op === 'createPolicy') yield { op, database, spec: { name, ...settings() } };
    else if (op === 'alterPolicy') yield { op, database, name, change: settings() };
    else yield { op, database, name };
  }
}
