// Settings of ladders.
import { integer, section } from './setting-types.ts';

export const LADDERS_SETTINGS = section({
  'repair-share': integer(
    50,
    'Percent of its time that the main thread may give to backfills and to windows that are computed again, 1 to 100',
  ),
});
