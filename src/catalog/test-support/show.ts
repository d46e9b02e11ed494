// A catalog as text, one line a database: `m: raw* 1h0m0s 1h0m0s 1, agg 0s 168h0m0s 1`, the star at the default policy. What
// a policy and a database have besides stands behind them: ` <s ANY udp://h:1>`, ` [c: SELECT 1]`. Then a line a user:
// `user u (admin) m READ`.
import { compareStrings } from '../../base/index.ts';
import { formatGoDuration } from '../../model/index.ts';
import type { Catalog, Database } from '../catalog.ts';
import type { User } from '../user.ts';

export function show(catalog: Catalog): string[] {
  return [...catalog.databases().map(showDatabase), ...catalog.users().map(showUser)];
}

function showUser({ name, admin, grants }: User): string {
  const texts = [...grants].sort(([a], [b]) => compareStrings(a, b)).map((grant) => ` ${grant.join(' ')}`);
  return `user ${name}${admin ? ' (admin)' : ''}${texts.join(',')}`;
}

export function showDatabase({ name, defaultPolicy, policies, continuousQueries }: Database): string {
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
  return `${name}: ${texts.join(', ')}${dangling}${queries.join('')}`;
}

export function bucketIds(catalog: Catalog): string[] {
  return catalog.databases().flatMap(({ policies }) => policies.map((policy) => policy.bucket.id));
}
