// How many series a database may have, and how many values a tag: new series beyond that are refused before anything of them
// is kept, in InfluxDB's words.
import { parseSeriesKey } from '../model/index.ts';
import type { SeriesIndex } from './series-index.ts';

export interface SeriesLimits {
  /** Series of all buckets that belong together; 0 = no limit. */
  readonly maxSeries: number;
  /** Values of one tag of one measurement of a bucket; 0 = no limit. */
  readonly maxValuesPerTag: number;
  /** Ids of the buckets that share `maxSeries` with this one, itself included. */
  readonly siblings: (bucketId: string) => readonly string[];
}

/**
 * For the writes of one request: why a series that the bucket's table does not have yet may not be added, by its canonical
 * key; null = it may, and is counted. Reasons of one kind have one text, that of the first.
 */
export type SeriesAdmission = (key: string) => string | null;

export interface CountedBucket {
  /** Buckets of one family have the same series, which count once. */
  readonly family: object;
  readonly index: SeriesIndex;
  readonly liveSeriesCount: number;
}

/** Series that others are about to add at the same time are not counted yet, so that the limit may be passed by those. */
export function openAdmission(
  limits: SeriesLimits,
  bucket: CountedBucket,
  siblings: readonly CountedBucket[],
): SeriesAdmission {
  const { maxSeries, maxValuesPerTag } = limits;
  let seriesLeft = maxSeries - countSeries(siblings);
  let tagReason: string | null = null;
  return (key) => {
    const fault = maxValuesPerTag > 0 ? tagFault(key, bucket.index, maxValuesPerTag) : null;
    if (fault !== null) return (tagReason ??= fault);
    if (maxSeries > 0 && seriesLeft-- <= 0) return `max-series-per-database limit exceeded: (${maxSeries})`;
    return null;
  };
}

function countSeries(buckets: readonly CountedBucket[]): number {
  const counts = new Map<object, number>();
  for (const { family, liveSeriesCount } of buckets) {
    counts.set(family, Math.max(counts.get(family) ?? 0, liveSeriesCount));
  }
  return counts.values().reduce((sum, count) => sum + count, 0);
}

function tagFault(key: string, index: SeriesIndex, max: number): string | null {
  index.update();
  const { measurement, tags } = parseSeriesKey(key);
  const series = index.measurement(measurement);
  if (series === undefined) return null;
  for (const { key: tag, value } of tags) {
    const count = series.valueCount(tag);
    if (count < max || series.hasValue(tag, value)) continue;
    const [name, tagName, text] = [measurement, tag, value].map((each) => JSON.stringify(each));
    return `max-values-per-tag limit exceeded (${count}/${max}): measurement=${name} tag=${tagName} value=${text}`;
  }
  return null;
}
