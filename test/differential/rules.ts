// Disagreements that are known and meant. Each rule is narrow, has a name, and says which row of docs/deviations.md it stands for;
// how often each was needed is counted, so that rules that are not needed any more show.
import type { Database } from './schema.ts';
import type { Query } from './select.ts';
import type { Answer } from './servers.ts';

export interface Disagreement {
  readonly query: Query;
  readonly text: string;
  readonly database: Database;
  readonly weir: Answer;
  readonly influxdb: Answer;
  /** The version of InfluxDB. */
  readonly version: string;
}

export interface Rule {
  readonly name: string;
  /** How the row of docs/deviations.md begins; for what only old versions do, `before 1.8`. */
  readonly row: string;
  readonly explains: (disagreement: Disagreement) => boolean;
}

export const RULES: readonly Rule[] = [];

export function ruleFor(disagreement: Disagreement): Rule | undefined {
  return RULES.find((rule) => rule.explains(disagreement));
}
