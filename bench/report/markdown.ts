// docs/benchmarks.md
import { bytes, milliseconds } from './format.ts';
import { goalsOf, goalsTable } from './goals.ts';
import type { Results } from './results.ts';
import { markdownTable } from './table.ts';
import { tablesOf } from './all-tables.ts';

export function benchmarksPage(results: Results, date: string): string {
  const { machine, settings } = results;
  const { data } = settings;
  return `# Benchmarks

Weir beside its peers: one run, one machine, the same data and questions for all. This page is written by the bench itself:

    npm run bench -- --write-docs${flagsOf(results)}

- **Machine**: ${machine.processor}, ${machine.cores} cores, ${bytes(machine.memoryBytes)} of memory, ${machine.fileSystem}, \
${milliseconds(machine.fsyncMs)} ms a write of 4 KB with its fsync; ${machine.kernel}; Node ${machine.node}. \
Load average before the run: ${machine.loadBefore.toFixed(2)}. Servers and clients share the cores.
- **Date**: ${date}.
- **Data**: TSBS cpu-only, ${data.hosts} hosts × ${data.steps} rows, ${data.stepSeconds} s apart, ten tags, ten integer fields; seed ${data.seed}.

${[goalsTable(goalsOf(results)), ...tablesOf(results)].map(markdownTable).join('\n')}`;
}

/** Only what is not the default. */
function flagsOf({ settings: { data } }: Results): string {
  const flags: readonly [string, number, number][] = [
    ['hosts', data.hosts, 400],
    ['steps', data.steps, 8640],
    ['seed', data.seed, 1],
  ];
  return flags.map(([name, value, usual]) => (value === usual ? '' : ` --${name} ${value}`)).join('');
}
