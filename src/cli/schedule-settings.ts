// Settings of what runs by the clock.
import { boolean, duration, section } from './setting-types.ts';

export const CONTINUOUS_QUERY_SETTINGS = section({
  enabled: boolean(true, 'Whether continuous queries run'),
  'log-enabled': boolean(true, 'Whether each run is logged; failures are in any case'),
  'query-stats-enabled': boolean(false, 'Write a point about each run into `cq_query` of the database of statistics'),
  'run-interval': duration('1s', 'How often is looked for queries that are due'),
  'finest-first': boolean(
    true,
    'Queries that read what others write run after them. `false`: in order of creation, as InfluxDB',
  ),
  'catch-up': boolean(
    true,
    'Windows that were missed while the server was down, or whose run failed for a time, are computed later. `false`: never, as InfluxDB',
  ),
  'late-reach': duration(
    '1d',
    'Windows are computed again when points in them change up to so long after; `0s` = never, as InfluxDB',
  ),
  'late-delay': duration('10s', 'How long changed windows wait for more changes before they are computed again'),
});
