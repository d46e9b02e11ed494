// `npm run bench`: Weir beside InfluxDB, VictoriaMetrics and DuckDB on TSBS's cpu-only data and queries. `--help` lists the flags.
//
//     make the data ─► ingest (each system alone) ─► 100 clients ─► queries (all systems in turns) ─► kill and restart ─► 1 M series ─► ladders
//
// Exits with 1 when answers differ, rows are missing or a system fails; a goal that is missed is only reported.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cleanup } from './lib/cleanup.ts';
import { machineOf } from './lib/machine.ts';
import { BatchFile } from './load/batches.ts';
import { DUCKDB_INSTALL_HINT, duckdbVersion } from './peers/duckdb.ts';
import { influxdbKind } from './peers/influxdb.ts';
import type { ServerKind } from './peers/peer.ts';
import { victoriaMetricsKind } from './peers/victoria-metrics.ts';
import { weirKind } from './peers/weir.ts';
import { tablesOf } from './report/all-tables.ts';
import { goalsOf, goalsTable } from './report/goals.ts';
import { benchmarksPage } from './report/markdown.ts';
import type { PeerFacts, Results } from './report/results.ts';
import { terminalTable } from './report/table.ts';
import { runGrowth } from './runs/growth.ts';
import { runLadder } from './runs/ladder.ts';
import { CLIENT_BATCH_ROWS, runClients, runIngest } from './runs/ingest.ts';
import { runQueries } from './runs/queries.ts';
import { runRestart } from './runs/restart.ts';
import type { Bench } from './runs/with-server.ts';
import { type Settings, USAGE, readSettings } from './settings.ts';
import { generate } from './tsbs/generate.ts';

const PAGE = new URL('../docs/benchmarks.md', import.meta.url);

async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2));
  if (settings === undefined) {
    process.stdout.write(USAGE);
    return;
  }
  const cleanup = new Cleanup(settings.parentDir);
  const faults: string[] = [];
  const results = await run(settings, cleanup, (text) => {
    faults.push(text);
    tell(`FAULT: ${text}`);
  });
  // A tiny data set says nothing about goals: everything is cold.
  const goals = settings.quick ? [] : goalsOf(results);
  for (const table of [...tablesOf(results), ...(goals.length > 0 ? [goalsTable(goals)] : [])]) {
    process.stdout.write(terminalTable(table));
  }
  if (faults.length > 0) {
    process.stdout.write(`\n${faults.length} faults:\n${faults.join('\n')}\n`);
    process.exitCode = 1;
  } else if (settings.writeDocs) {
    writeFileSync(PAGE, benchmarksPage(results, new Date().toISOString().slice(0, 10)));
  }
}

async function run(settings: Settings, cleanup: Cleanup, fault: (text: string) => void): Promise<Results> {
  const known = [weirKind(settings.profileDir), influxdbKind, victoriaMetricsKind];
  const wanted = known.filter(({ name }) => settings.peers.has(name));
  const peers = await peerFacts(settings, wanted);
  for (const { name, version, installHint } of peers) {
    if (version === undefined) tell(`${name} is not installed and is left out; to have it: ${installHint}`);
  }
  const results: Results = { machine: machineOf(cleanup.dir), settings, peers };
  tell(`making ${settings.data.hosts * settings.data.steps} rows`);
  const data = makeData(settings, cleanup);
  const kinds = wanted.filter(({ name }) => peers.some((peer) => peer.name === name && peer.version !== undefined));
  const bench: Bench = { settings, cleanup, kinds, data, tell, fault };
  const { phases } = settings;
  // Queries need the data that ingest leaves.
  if (phases.has('ingest') || phases.has('queries')) results.ingest = await runIngest(bench);
  if (phases.has('queries')) results.queries = await runQueries(bench);
  if (phases.has('clients')) results.clients = await runClients(bench);
  if (phases.has('restart')) results.restart = await runRestart(bench);
  if (phases.has('growth')) results.growth = await runGrowth(bench);
  if (phases.has('ladder')) results.ladder = await runLadder(bench);
  data.close();
  return results;
}

function makeData({ data }: Settings, cleanup: Cleanup): BatchFile {
  const pieces = generate(data, CLIENT_BATCH_ROWS);
  return new BatchFile(join(cleanup.dir, 'lines.txt'), pieces, CLIENT_BATCH_ROWS, data.hosts * data.steps);
}

async function peerFacts({ peers }: Settings, kinds: readonly ServerKind[]): Promise<PeerFacts[]> {
  const facts: PeerFacts[] = kinds.map(({ name, version, note, installHint }) => ({
    name,
    version: version(),
    note,
    installHint,
  }));
  if (peers.has('duckdb')) {
    const note = "within the bench's own process, on the Parquet files that Weir wrote";
    facts.push({ name: 'duckdb', version: await duckdbVersion(), note, installHint: DUCKDB_INSTALL_HINT });
  }
  return facts;
}

function tell(text: string): void {
  process.stderr.write(`${(performance.now() / 1000).toFixed(1).padStart(6)} s  ${text}\n`);
}

await main();
