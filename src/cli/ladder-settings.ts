// Settings of ladders: those that are declared at the start, and how all of them work.
import { boolean, integer, section, sections, text, texts } from './setting-types.ts';

export const LADDER_SETTINGS = sections({
  database: text('', 'Database, which is made when it is missing'),
  name: text('', 'Of the ladder; empty: as the database'),
  rules: texts('Steps and periods as `1s:60h,10s:8d`, or rules as `CREATE LADDER` has them'),
  graphite: texts('Rules from `storage-schemas.conf` and `storage-aggregation.conf` instead'),
  lateness: text('', 'How long windows wait for late points after their end; empty: `30s`'),
  'keep-data': boolean(true, 'Whether tiers that the rules have no longer can be read on'),
});

export const LADDERS_SETTINGS = section({
  'repair-share': integer(
    50,
    'Percent of its time that the main thread may give to backfills and to windows that are computed again, 1 to 100',
  ),
});
