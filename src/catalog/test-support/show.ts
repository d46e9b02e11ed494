// A catalog as text, one line a database: `m: raw* 1h0m0s 1h0m0s 1, agg 0s 168h0m0s 1`, the star at the default policy.
import { formatGoDuration } from '../../model/index.ts';
import type { Catalog, Database } from '../catalog.ts';

export function show(catalog: Catalog): string[] {
  return catalog.databases().map(showDatabase);
}

export function showDatabase({ name, defaultPolicy, policies }: Database): string {
  const texts = policies.map((policy) => {
    const star = policy.name === defaultPolicy ? '*' : '';
    const { durationNs, shardDurationNs } = policy.bucket;
    const durations = `${formatGoDuration(durationNs)} ${formatGoDuration(shardDurationNs)}`;
    return `${policy.name}${star} ${durations} ${policy.replicaN}`;
  });
  const dangling = policies.some((policy) => policy.name === defaultPolicy) ? '' : ` (default ${defaultPolicy})`;
  return `${name}: ${texts.join(', ')}${dangling}`;
}

export function bucketIds(catalog: Catalog): string[] {
  return catalog.databases().flatMap(({ policies }) => policies.map((policy) => policy.bucket.id));
}
