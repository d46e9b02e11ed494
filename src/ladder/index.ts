// ladder: tiers of coarser windows that are fed by what is written to finer ones, and repaired where that changes.

// At work
export { Ladders } from './ladders.ts';
export type { Coverage, LadderEvent, LaddersParts, PlacedLadder, SavedLadders, TierStatus } from './ladders.ts';
export { parentOf } from './parents.ts';

// Declaring
export { DEFAULT_LATENESS_NS, readLadder } from './definition.ts';
export type { LadderText, RuleText } from './definition.ts';

// Reading
export { openTierReads } from './tier-reads.ts';
export type { OnPlan, PlannedSpan, TierReads } from './tier-reads.ts';
export type { FieldCall, TierNeed } from './choose.ts';

// States
export { keptOf, parseStateColumn, stateColumn, stateType, statesOf } from './state-columns.ts';
export type { StateName } from './state-columns.ts';
export { WindowGrid } from './window-grid.ts';
