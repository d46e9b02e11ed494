// The ladders of a catalog with where they are: what feeds and reads them.
import type { Bucket, Ladder } from '../model/index.ts';
import type { Catalog, Database } from './catalog.ts';
import { findPolicy } from './catalog-state.ts';
import { isFed } from './declared-ladder.ts';

export interface PlacedLadder {
  readonly database: string;
  readonly ladder: Ladder;
  readonly base: Bucket;
}

export interface KeptLadder {
  readonly database: string;
  /** Its rules have the tiers that are only read. */
  readonly ladder: Ladder;
}

interface Placed {
  readonly fed: readonly PlacedLadder[];
  readonly kept: readonly KeptLadder[];
}

/** Lists of databases never change, and this is asked for with every query. */
const known = new WeakMap<readonly Database[], Placed>();

/** Those that are fed. */
export function fedLadders(catalog: Pick<Catalog, 'databases'>): readonly PlacedLadder[] {
  return placedIn(catalog.databases()).fed;
}

/** Those that have tiers which are kept as they are. */
export function keptLadders(catalog: Pick<Catalog, 'databases'>): readonly KeptLadder[] {
  return placedIn(catalog.databases()).kept;
}

function placedIn(databases: readonly Database[]): Placed {
  let placed = known.get(databases);
  if (placed === undefined) known.set(databases, (placed = place(databases)));
  return placed;
}

function place(databases: readonly Database[]): Placed {
  const fed: PlacedLadder[] = [];
  const kept: KeptLadder[] = [];
  for (const database of databases) {
    for (const declared of database.ladders) {
      const { ladder } = declared;
      const base = findPolicy(database, ladder.base);
      if (isFed(declared) && base !== undefined) fed.push({ database: database.name, ladder, base: base.bucket });
      if (declared.kept.length > 0) kept.push({ database: database.name, ladder: { ...ladder, rules: declared.kept } });
    }
  }
  return { fed, kept };
}
