// What the policies of a ladder hold, as it is stored and not as it is answered: for exports, which carry it elsewhere, and for
// imports, which put it there.
//
//     points   a base's, also those past its period that are still there; any other policy's own
//     late     a base's, too: those that came when it did not take them any more
//     states   the rows of a tier: `v:count`, `v:sum`, …
import { setTimeout as sleep } from 'node:timers/promises';
import { WeirError } from '../base/index.ts';
import {
  type BatchColumn,
  type Bucket,
  type LadderTier,
  type MeasurementBatch,
  type PointBatch,
  isNumeric,
} from '../model/index.ts';
import type { ViewDoor } from '../view/index.ts';
import type { Ladders } from './ladders.ts';
import type { PlacedLadder } from './placed-ladder.ts';
import { type StateName, parseStateColumn, stateType } from './state-columns.ts';
import type { TierReads } from './tier-reads.ts';
import { WindowGrid } from './window-grid.ts';

export const STORED_PARTS = ['points', 'late', 'states'] as const;

export type StoredPart = (typeof STORED_PARTS)[number];

/** Reads in which a policy is the named part of it. Opening throws `not found` for a policy that has no such part. */
export function openStoredParts(
  view: Pick<ViewDoor, 'snapshot'>,
  placed: () => readonly PlacedLadder[],
  part: StoredPart,
): TierReads {
  return {
    isAll: true,
    openBase: () => undefined,
    openTier: (database, policy) => {
      const found = findStored(placed(), database, policy, part);
      return found && view.snapshot(found.bucket.id, true);
    },
  };
}

/** Where an import's points go. */
export interface StoredTarget {
  /** Takes points of every age: they stay as long as their shard does. */
  readonly bucket: Bucket;
  /** Throws `invalid` for what cannot be of this part. */
  readonly check: (batch: PointBatch) => void;
}

const REPAIR_TIMEOUT_MS = 600_000;
const POLL_MS = 20;

/**
 * undefined = the policy's own points, as ever. States are taken once the ladder has computed all that it was to compute: it
 * would write over them. Rejects with `not found` for a policy without such a part and `unavailable` when the ladder does not
 * come to an end.
 */
export async function openStoredTarget(
  ladders: Pick<Ladders, 'status'>,
  placed: readonly PlacedLadder[],
  { database, policy, part }: { readonly database: string; readonly policy: string; readonly part: StoredPart },
): Promise<StoredTarget | undefined> {
  const found = findStored(placed, database, policy, part);
  if (found === undefined) return undefined;
  const bucket: Bucket = { ...found.bucket, durationNs: 0n, late: undefined };
  const { tier, placed: own } = found;
  if (tier === null) return { bucket, check: () => {} };
  await repaired(ladders, own);
  const grid = new WindowGrid(tier.stepNs, tier.timeZone);
  return { bucket, check: ({ tables }) => tables.forEach((table) => checkStates(table, tier, grid)) };
}

async function repaired(ladders: Pick<Ladders, 'status'>, { database, ladder }: PlacedLadder): Promise<void> {
  const endMs = performance.now() + REPAIR_TIMEOUT_MS;
  const isDue = (): boolean =>
    ladders.status().some((tier) => tier.database === database && tier.ladder === ladder.name && tier.dirtyWindows > 0);
  while (isDue()) {
    if (performance.now() > endMs)
      throw new WeirError('unavailable', `ladder "${ladder.name}" still computes its windows anew: try again later`);
    await sleep(POLL_MS);
  }
}

interface FoundPart {
  readonly placed: PlacedLadder;
  readonly bucket: Bucket;
  /** null = points. */
  readonly tier: LadderTier | null;
}

function findStored(
  ladders: readonly PlacedLadder[],
  database: string,
  policy: string,
  part: StoredPart,
): FoundPart | undefined {
  for (const placed of ladders) {
    if (placed.database !== database) continue;
    const { ladder, base } = placed;
    const tier = ladder.rules.flatMap(({ tiers }) => tiers).find((each) => each.policy === policy);
    if (part === 'states' && tier !== undefined) return { placed, bucket: tier.bucket, tier };
    if (ladder.base !== policy) continue;
    if (part === 'points') return { placed, bucket: base, tier: null };
    if (part === 'late' && ladder.lateBucket !== undefined) return { placed, bucket: ladder.lateBucket, tier: null };
  }
  if (part === 'points') return undefined;
  const whose = part === 'states' ? 'tier' : 'base';
  throw new WeirError('not found', `retention policy "${policy}" of "${database}" is no ${whose} of a ladder`);
}

function checkStates(table: MeasurementBatch, tier: LadderTier, grid: WindowGrid): void {
  for (let row = 0; row < table.rowCount; row++) {
    const timeNs = table.baseNs + BigInt(table.times[row]);
    if (grid.floorNs(timeNs) !== timeNs)
      throw new WeirError('invalid', `no window of tier "${tier.policy}" begins at ${timeNs}`);
  }
  const fields = new Map<string, Map<StateName, Uint8Array>>();
  for (const column of table.columns) {
    const parsed = parseStateColumn(column.name);
    if (parsed === undefined || !isTyped(parsed.state, column))
      throw new WeirError('invalid', `"${column.name}" of type ${column.type} is no state of a field, as v:count is`);
    const states = fields.get(parsed.field) ?? new Map<StateName, Uint8Array>();
    fields.set(parsed.field, states);
    // A field has columns of several types where one batch is for several shards.
    states.set(parsed.state, joined(states.get(parsed.state), column, table.rowCount));
  }
  for (const [field, states] of fields) checkWhole(field, states);
}

function isTyped(state: StateName, { type }: BatchColumn): boolean {
  const isNumber = isNumeric(type);
  const mayBeText = state === 'first' || state === 'last' || state === 'sketch';
  return stateType(state, type) === type && (isNumber || mayBeText);
}

/** One byte a row: whether the column has a value there, or one before it had. */
function joined(before: Uint8Array | undefined, { valid }: BatchColumn, rowCount: number): Uint8Array {
  return Uint8Array.from({ length: rowCount }, (_, row) => (valid === null ? 1 : valid[row] | (before?.[row] ?? 0)));
}

/** A row has all states of a field, or none; but a mean only where it does not follow from the sum. */
function checkWhole(field: string, states: ReadonlyMap<StateName, Uint8Array>): void {
  const counts = states.get('count');
  const needed: readonly StateName[] = ['count', ...(states.has('sum') ? NUMBERS : TEXTS)];
  for (const state of [...needed, ...states.keys()]) {
    if (state === 'mean') continue;
    const own = states.get(state);
    if (own === undefined || counts === undefined || own.some((has, row) => has !== counts[row]))
      throw new WeirError('invalid', `a window of field "${field}" is not whole: it lacks one of its states`);
  }
}

const NUMBERS: readonly StateName[] = ['sum', 'min', 'max'];
const TEXTS: readonly StateName[] = ['first', 'last'];
