// The tables of a run, in the order in which they are read.
import { ladderTables } from './ladder-tables.ts';
import type { Results } from './results.ts';
import type { Table } from './table.ts';
import { clientsTable, growthTable, ingestTable, peersTable, queriesTable, restartTable } from './tables.ts';

export function tablesOf({ peers, ingest, clients, queries, restart, growth, ladder }: Results): Table[] {
  return [
    peersTable(peers),
    ...(ingest?.length ? [ingestTable(ingest)] : []),
    ...(clients?.length ? [clientsTable(clients)] : []),
    ...(queries?.classes.length ? [queriesTable(queries)] : []),
    ...(restart?.length ? [restartTable(restart)] : []),
    ...(growth?.length ? [growthTable(growth)] : []),
    ...(ladder === undefined ? [] : ladderTables(ladder)),
  ];
}
