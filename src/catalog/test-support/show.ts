// A catalog as text, one line a database: `m: raw* 1h0m0s 1h0m0s 1, agg 0s 168h0m0s 1`, the star at the default policy. What
// a policy and a database have besides stands behind them: ` <s ANY udp://h:1>`, ` [c: SELECT 1]`,
// ` {l on raw: t/10000000000; kept ; own t}`. Then a line a user:
// `user u (admin) m READ`.
import { compareStrings } from '../../base/index.ts';
import { type LadderRule, formatGoDuration } from '../../model/index.ts';
import { bucketsOf } from '../bucket-ids.ts';
import type { Catalog, Database } from '../catalog.ts';
import type { DeclaredLadder } from '../declared-ladder.ts';
import type { User } from '../user.ts';

export function show(catalog: Catalog): string[] {
  return [...catalog.databases().map(showDatabase), ...catalog.users().map(showUser)];
}

function showUser({ name, admin, grants }: User): string {
  const texts = [...grants].sort(([a], [b]) => compareStrings(a, b)).map((grant) => ` ${grant.join(' ')}`);
  return `user ${name}${admin ? ' (admin)' : ''}${texts.join(',')}`;
}

export function showDatabase({ name, defaultPolicy, policies, continuousQueries, ladders }: Database): string {
  const texts = policies.map((policy) => {
    const star = policy.name === defaultPolicy ? '*' : '';
    const { durationNs, shardDurationNs } = policy.bucket;
    const durations = `${formatGoDuration(durationNs)} ${formatGoDuration(shardDurationNs)}`;
    const subscriptions = policy.subscriptions.map(
      (each) => ` <${each.name} ${each.mode} ${each.destinations.join()}>`,
    );
    return `${policy.name}${star} ${durations} ${policy.replicaN}${subscriptions.join('')}`;
  });
  const dangling = policies.some((policy) => policy.name === defaultPolicy) ? '' : ` (default ${defaultPolicy})`;
  const queries = continuousQueries.map((query) => ` [${query.name}: ${query.text}]`);
  return `${name}: ${texts.join(', ')}${dangling}${queries.join('')}${ladders.map(showLadder).join('')}`;
}

function showLadder({ ladder, kept, ownPolicies }: DeclaredLadder): string {
  const texts = (rules: readonly LadderRule[]): string =>
    rules.flatMap(({ tiers }) => tiers.map(({ policy, stepNs }) => `${policy}/${stepNs}`)).join(' ');
  const own = [...ownPolicies].sort().join(' ');
  return ` {${ladder.name} on ${ladder.base}: ${texts(ladder.rules)}; kept ${texts(kept)}; own ${own}}`;
}

export function bucketIds(catalog: Catalog): string[] {
  return catalog.databases().flatMap((database) => bucketsOf(database).map(({ id }) => id));
}
