// `weir export`: databases as line protocol, in the form of `influx_inspect export`, which `influx -import` reads.
//
//     # INFLUXDB EXPORT: 1677-09-21T00:12:43Z - 2262-04-11T23:47:16Z
//     # DDL
//     CREATE DATABASE metrics WITH NAME autogen
//     # DML
//     # CONTEXT-DATABASE:metrics
//     # CONTEXT-RETENTION-POLICY:autogen
//     cpu,host=a usage=0.5 1500000000000000000
//
// InfluxDB makes each policy by a CREATE DATABASE of its own and leaves durations and continuous queries out; here they are
// in. Points stand in order of measurement, series and time, with all fields of a time in one line.
import { WeirError } from '../../base/index.ts';
import type { TimeRange } from '../../model/index.ts';
import type { QuerySource } from '../influx/ask.ts';
import { ddlLines } from './ddl.ts';
import { exportMeasurement } from './measurement-export.ts';
import {
  type PolicyFacts,
  readContinuousQueries,
  readDatabases,
  readMeasurements,
  readPolicies,
} from './server-schema.ts';

export interface ExportSelection {
  /** null = all, but not the server's own `_internal`. */
  readonly database: string | null;
  /** null = all. */
  readonly policy: string | null;
  readonly measurement: string | null;
  readonly range: TimeRange;
  /** Whether nothing but points is written. */
  readonly linesOnly: boolean;
}

export interface ExportTarget {
  write(text: string): Promise<void>;
  /** Told of each finished policy. */
  onPolicy(database: string, policy: string, points: number): void;
  /** Told now and then how many points there are so far. */
  onProgress(points: number): void;
}

interface DatabaseExport {
  readonly database: string;
  readonly policies: readonly PolicyFacts[];
}

/** Resolves with the number of points. Rejects with `not found` for what is not on the server. */
export async function exportLines(
  source: QuerySource,
  selection: ExportSelection,
  target: ExportTarget,
): Promise<number> {
  const databases = await chosenDatabases(source, selection);
  if (!selection.linesOnly) await writeDdl(source, selection, databases, target);
  let points = 0;
  for (const { database, policies } of databases) {
    if (!selection.linesOnly) await target.write(`# CONTEXT-DATABASE:${database}\n`);
    for (const { name: policy } of policies) {
      if (!selection.linesOnly) await target.write(`# CONTEXT-RETENTION-POLICY:${policy}\n`);
      const before = points;
      for (const measurement of await readMeasurements(source, database, policy)) {
        if (selection.measurement !== null && selection.measurement !== measurement.name) continue;
        const place = { database, policy, measurement, range: selection.range };
        for await (const { text, count } of exportMeasurement(source, place)) {
          await target.write(text);
          points += count;
          target.onProgress(points);
        }
      }
      target.onPolicy(database, policy, points - before);
    }
  }
  return points;
}

async function chosenDatabases(
  source: QuerySource,
  { database, policy }: ExportSelection,
): Promise<readonly DatabaseExport[]> {
  const all = await readDatabases(source);
  const names = all.filter((name) => (database === null ? name !== '_internal' : name === database));
  if (database !== null && names.length === 0) throw new WeirError('not found', `database not found: ${database}`);
  const chosen: DatabaseExport[] = [];
  for (const name of names) {
    const policies = await readPolicies(source, name);
    const wanted = policy === null ? policies : policies.filter((each) => each.name === policy);
    if (policy !== null && wanted.length === 0)
      throw new WeirError('not found', `retention policy not found: ${policy}`);
    chosen.push({ database: name, policies: wanted });
  }
  return chosen;
}

async function writeDdl(
  source: QuerySource,
  { policy, measurement, range }: ExportSelection,
  databases: readonly DatabaseExport[],
  target: ExportTarget,
): Promise<void> {
  const lines = [`# INFLUXDB EXPORT: ${timeText(range.startNs)} - ${timeText(range.endNs - 1n)}`, '# DDL'];
  for (const database of databases) lines.push(...ddlLines(database));
  // They may write from one database into another.
  const isPart = policy !== null || measurement !== null;
  for (const { database } of isPart ? [] : databases) lines.push(...(await readContinuousQueries(source, database)));
  lines.push('# DML');
  await target.write(lines.map((line) => `${line}\n`).join(''));
}

/** To the second, as InfluxDB has it here. */
function timeText(ns: bigint): string {
  return new Date(Number(ns / 1_000_000n)).toISOString().replace(/\.\d+Z$/, 'Z');
}
