// SELECT: from a syntax tree to the batches of its answer.
//
//     compile          makes sense without data: calls, clauses, time bounds         compile.ts, call-rules.ts
//     expand           types, wildcards, snapshots                                   expand.ts, open-sources.ts
//     plan             calls, references, formulas; levels of windows                output-plan.ts, levels.ts
//     run              rows of one measurement after the other                       run-select.ts
//     answer           batches, or points into another measurement                   emit-batches.ts, write-into.ts

export { executeSelect } from './execute-select.ts';
export type { SelectAnswer } from './execute-select.ts';
export { Snapshots } from './open-sources.ts';
export { planLines } from './tier-messages.ts';
export { readRange } from './tier-need.ts';
export { compileSelect } from './compile.ts';
export type { CompiledSelect } from './compile.ts';
