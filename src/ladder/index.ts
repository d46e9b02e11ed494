// ladder: tiers of coarser windows that are fed by what is written to finer ones, and repaired where that changes.

// At work
export { Ladders } from './ladders.ts';
export type { LadderEvent, LaddersParts, SavedLadders } from './ladders.ts';
export { ruleFor } from './placed-ladder.ts';
export type { PlacedLadder } from './placed-ladder.ts';
export type { Coverage, TierStatus } from './progress.ts';
export { ladderDiagnostics, ladderStatistics, lagOf, problemOf } from './ladder-statistics.ts';
export { parentOf } from './parents.ts';
export { SavedLaddersLog } from './saved-ladders-log.ts';

// Declaring
export { planAdoption } from './adopt.ts';
export type { AdoptableCall, AdoptableQuery, AdoptionPlan, PlannedQuery } from './adopt.ts';
export { readLadder } from './definition.ts';
export type { LadderText, RuleText } from './definition.ts';
export { forecastLadder } from './forecast.ts';
export { readGraphiteFiles } from './graphite-files.ts';
export type { GraphiteFile, GraphiteRules } from './graphite-files.ts';
export type { HeldMeasurement, HeldPoints, StepForecast } from './forecast.ts';

// Reading
export { openTierReads } from './tier-reads.ts';
export type { MeasurementPlan, OnPlan, PlannedSpan, TierReads } from './tier-reads.ts';
export type { FieldCall, TierNeed } from './choose.ts';

// As it is stored
export { STORED_PARTS, openStoredParts, openStoredTarget } from './stored-parts.ts';
export type { StoredPart, StoredTarget } from './stored-parts.ts';

// Windows from elsewhere
export { levelOf, writePoints, writeStates } from './write-states.ts';
export type { ForeignWindow, WindowTarget } from './write-states.ts';

// States
export { keptOf, parseStateColumn, stateColumn, stateType, statesOf } from './state-columns.ts';
export type { StateName } from './state-columns.ts';
export { WindowGrid } from './window-grid.ts';
