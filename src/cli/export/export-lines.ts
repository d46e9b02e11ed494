// `weir export`: databases as line protocol, in the form of `influx_inspect export`, which `influx -import` reads.
//
//     # INFLUXDB EXPORT: 1677-09-21T00:12:43Z - 2262-04-11T23:47:16Z
//     # DDL
//     CREATE DATABASE metrics WITH NAME autogen
//     # DML
//     # CONTEXT-DATABASE:metrics
//     # CONTEXT-RETENTION-POLICY:autogen
//     cpu,host=a usage=0.5 1500000000000000000
//     # CONTEXT-RETENTION-POLICY:states of 10s_for_8d      of a ladder: windows of a tier
//     # CONTEXT-STORED:states
//     cpu,host=a usage:count=10i,usage:sum=5,usage:min=0.1,usage:max=0.9 1500000000000000000
//
// InfluxDB makes each policy by a CREATE DATABASE of its own and leaves durations and continuous queries out; here they are
// in. Points stand in order of measurement, series and time, with all fields of a time in one line.
import { WeirError } from '../../base/index.ts';
import type { TimeRange } from '../../model/index.ts';
import type { QuerySource } from '../influx/ask.ts';
import { STATES_PREFIX } from '../influx/importer.ts';
import { ddlLines } from './ddl.ts';
import { type DatabaseLadders, type LadderFacts, readLadders } from './ladder-facts.ts';
import { exportMeasurement } from './measurement-export.ts';
import { type PolicyPart, policyParts } from './policy-parts.ts';
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
  /** Told of each finished policy, or part of one. */
  onPart(database: string, part: PolicyPart, points: number): void;
  /** Told before the first line of what an import will not make again. */
  onWarning(text: string): void;
  /** Told now and then how many points there are so far. */
  onProgress(points: number): void;
}

interface DatabaseExport {
  readonly database: string;
  readonly policies: readonly PolicyFacts[];
  readonly ladders: DatabaseLadders;
}

/** Resolves with the number of points. Rejects with `not found` for what is not on the server. */
export async function exportLines(
  source: QuerySource,
  selection: ExportSelection,
  target: ExportTarget,
): Promise<number> {
  const databases = await chosenDatabases(source, selection);
  for (const database of databases) for (const text of warnings(database, selection)) target.onWarning(text);
  if (!selection.linesOnly) await writeDdl(source, selection, databases, target);
  let points = 0;
  for (const chosen of databases) {
    const { database } = chosen;
    if (!selection.linesOnly) await target.write(`# CONTEXT-DATABASE:${database}\n`);
    for (const part of chosenParts(chosen, selection)) {
      const { policy, stored, range } = part;
      const measurements = (await readMeasurements(source, database, policy, stored)).filter(
        ({ name }) => selection.measurement === null || selection.measurement === name,
      );
      if (part.isOptional && measurements.length === 0) continue;
      if (!selection.linesOnly) await target.write(contextLines(part));
      const before = points;
      for (const measurement of measurements) {
        const place = { database, policy, measurement, range, stored };
        for await (const { text, count } of exportMeasurement(source, place)) {
          await target.write(text);
          points += count;
          target.onProgress(points);
        }
      }
      target.onPart(database, part, points - before);
    }
  }
  return points;
}

/** A policy alone is what it answers: of a tier, means. Without comments nothing can say that lines are windows. */
function chosenParts({ policies, ladders }: DatabaseExport, selection: ExportSelection): readonly PolicyPart[] {
  const { linesOnly, range } = selection;
  const names = policies.map(({ name }) => name);
  if (selection.policy !== null) return names.map((policy) => ({ policy, stored: null, range, isOptional: false }));
  return policyParts(names, ladders, range).filter(
    ({ stored }) => !linesOnly || stored === null || stored === 'points',
  );
}

/** What other importers take windows for would be points: they shall find no such policy. */
function contextLines({ policy, stored }: PolicyPart): string {
  const shown = stored === 'states' ? STATES_PREFIX + policy : policy;
  return `# CONTEXT-RETENTION-POLICY:${shown}\n${stored === null ? '' : `# CONTEXT-STORED:${stored}\n`}`;
}

/** What is not as it was, when the export is imported. */
function warnings({ database, policies, ladders }: DatabaseExport, selection: ExportSelection): readonly string[] {
  const names = policies.map(({ name }) => name);
  const tiers = ladders.ladders.flatMap((ladder) => ladder.tiers).filter(({ policy }) => names.includes(policy));
  if (selection.policy !== null) {
    return tiers.map(
      ({ policy }) =>
        `${database}/${policy} is a tier of a ladder: its windows are exported as the means that they answer with, and without ` +
        'points of the same measurements; without --retention the ladder goes along',
    );
  }
  if (tiers.length > 0 && selection.linesOnly)
    return [`${database}: windows of tiers are no points, so that --lponly leaves out what only they still know`];
  const waiting = tiers.filter((tier) => tier.waiting > 0);
  const kept = ladders.kept.filter((policy) => names.includes(policy));
  return [
    ...waiting.map(
      (tier) =>
        `${database}/${tier.policy}: ${tier.waiting} windows wait to be computed anew and are exported as they were; ` +
        'export again when SHOW LADDER STATUS says 0 dirty',
    ),
    ...kept.map(
      (policy) => `${database}/${policy}: its windows, which no ladder feeds, are left out; weir backup has them`,
    ),
  ];
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
    chosen.push({ database: name, policies: wanted, ladders: await readLadders(source, name) });
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
  for (const { database, policies, ladders: known } of databases) {
    const ladders = policy === null ? known.ladders : [];
    const made = await madePolicies(source, database, ladders);
    lines.push(...ddlLines({ database, policies, ladders, made }));
  }
  // They may write from one database into another.
  const isPart = policy !== null || measurement !== null;
  for (const { database } of isPart ? [] : databases) lines.push(...(await readContinuousQueries(source, database)));
  lines.push('# DML');
  await target.write(lines.map((line) => `${line}\n`).join(''));
}

/** Tiers without points of their own: their ladder makes them. The others are there before it, to outlive it. */
async function madePolicies(
  source: QuerySource,
  database: string,
  ladders: readonly LadderFacts[],
): Promise<ReadonlySet<string>> {
  const made = new Set<string>();
  for (const { policy } of ladders.flatMap(({ tiers }) => tiers))
    if ((await readMeasurements(source, database, policy, 'points')).length === 0) made.add(policy);
  return made;
}

/** To the second, as InfluxDB has it here. */
function timeText(ns: bigint): string {
  return new Date(Number(ns / 1_000_000n)).toISOString().replace(/\.\d+Z$/, 'Z');
}
