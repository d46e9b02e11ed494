// An import into a running server, over HTTP: statements to /query, points as line protocol to /write.
import { setTimeout as sleep } from 'node:timers/promises';
import { WeirError, isWeirError, messageOf } from '../../base/index.ts';
import { encodeLineProtocol } from '../../line-protocol/index.ts';
import { type MeasurementBatch, type PointBatch, SeriesTable, formatGoDuration } from '../../model/index.ts';
import type { ImportTarget, PointSink, Refused } from './import-target.ts';
import type { InfluxDatabase, InfluxMeta, InfluxPolicy } from './meta/meta-file.ts';

export interface ServerAddress {
  /** `http://host:port` */
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** A request holds about so many cells, which is well below what servers take. */
const REQUEST_CELLS = 100_000;
/** A server that is busy, starting or away is asked again for so long. */
const PATIENCE_MS = 60_000;
const RETRY_MS = 500;

export function serverTarget(address: ServerAddress): ImportTarget {
  return {
    importMeta: (meta) => importMeta(address, meta),
    openPolicy: (database, policy) => openPolicy(address, database, policy),
  };
}

function openPolicy(address: ServerAddress, database: string, policy: string): PointSink {
  const series = new SeriesTable();
  const path = `/write?${new URLSearchParams({ db: database, rp: policy, precision: 'ns' }).toString()}`;
  return { series, write: (batch) => writeBatch(address, path, batch, series) };
}

async function writeBatch(
  address: ServerAddress,
  path: string,
  { tables }: PointBatch,
  series: SeriesTable,
): Promise<Refused[]> {
  const refused: Refused[] = [];
  for (const table of tables) {
    const step = Math.max(1, Math.floor(REQUEST_CELLS / table.columns.length));
    for (let row = 0; row < table.rowCount; row += step) {
      const endRow = Math.min(table.rowCount, row + step);
      for (const lines of encodeRows(table, series, row, endRow, refused)) {
        refused.push(...(await writeLines(address, path, lines)));
      }
    }
  }
  return refused;
}

/** Rows that line protocol cannot say are refused, and the others come in several texts. */
function encodeRows(
  table: MeasurementBatch,
  series: SeriesTable,
  row: number,
  endRow: number,
  refused: Refused[],
): Uint8Array[] {
  try {
    return [encodeLineProtocol(table, series, row, endRow)];
  } catch (error) {
    if (!isWeirError(error, 'invalid')) throw error;
    if (endRow - row === 1) {
      refused.push({ count: 1, reason: messageOf(error) });
      return [];
    }
    const middle = (row + endRow) >> 1;
    return [...encodeRows(table, series, row, middle, refused), ...encodeRows(table, series, middle, endRow, refused)];
  }
}

async function writeLines(address: ServerAddress, path: string, lines: Uint8Array): Promise<Refused[]> {
  const { status, text } = await request(address, path, lines);
  if (status === 204) return [];
  const reason = errorOf(text);
  const dropped = /^partial write: ([^]*) dropped=(\d+)$/.exec(reason);
  if (status === 400 && dropped !== null) return [{ count: Number(dropped[2]), reason: dropped[1] }];
  throw failure(status, reason);
}

async function importMeta(address: ServerAddress, meta: InfluxMeta): Promise<string[]> {
  const remarks: string[] = [];
  const existing = new Set((await query(address, 'SHOW DATABASES')).map(([name]) => name));
  for (const database of meta.databases) {
    if (existing.has(database.name)) await addPolicies(address, database, remarks);
    else await createDatabase(address, database);
    await addQueries(address, database, remarks);
  }
  if (meta.users.length > 0) {
    remarks.push(`${meta.users.length} users are left out: their passwords only come along into a data directory`);
  }
  return remarks;
}

async function createDatabase(address: ServerAddress, database: InfluxDatabase): Promise<void> {
  const { name, policies, defaultPolicy } = database;
  const first = policies.find((policy) => policy.name === defaultPolicy) ?? policies.at(0);
  const settings = first === undefined ? '' : ` WITH ${policySettings(first)} NAME ${quoted(first.name)}`;
  await query(address, `CREATE DATABASE ${quoted(name)}${settings}`);
  for (const policy of policies) if (policy !== first) await createPolicy(address, name, policy);
}

async function addPolicies(address: ServerAddress, database: InfluxDatabase, remarks: string[]): Promise<void> {
  const rows = await query(address, `SHOW RETENTION POLICIES ON ${quoted(database.name)}`);
  for (const policy of database.policies) {
    const here = rows.find(([name]) => name === policy.name);
    const [, duration, shardDuration] = here ?? [];
    if (here === undefined) await createPolicy(address, database.name, policy);
    else if (
      duration !== formatGoDuration(policy.durationNs) ||
      shardDuration !== formatGoDuration(policy.shardDurationNs)
    ) {
      remarks.push(`${database.name}.${policy.name} is there with another duration or shard duration, and keeps it`);
    }
  }
}

async function createPolicy(address: ServerAddress, database: string, policy: InfluxPolicy): Promise<void> {
  await query(
    address,
    `CREATE RETENTION POLICY ${quoted(policy.name)} ON ${quoted(database)} ${policySettings(policy)}`,
  );
}

function policySettings({ durationNs, shardDurationNs, replicaN }: InfluxPolicy): string {
  const duration = durationNs === 0n ? 'INF' : `${durationNs}ns`;
  return `DURATION ${duration} REPLICATION ${replicaN} SHARD DURATION ${shardDurationNs}ns`;
}

async function addQueries(address: ServerAddress, database: InfluxDatabase, remarks: string[]): Promise<void> {
  const orRemark = async (what: string, statement: string): Promise<void> => {
    try {
      await query(address, statement);
    } catch (error) {
      if (!isWeirError(error, 'invalid')) throw error;
      if (!/already exists/.test(error.message)) remarks.push(`${what} is left out: ${error.message}`);
    }
  };
  for (const { name, text } of database.continuousQueries) {
    await orRemark(`continuous query ${name} of ${database.name}`, text);
  }
  for (const policy of database.policies) {
    const where = `${quoted(database.name)}.${quoted(policy.name)}`;
    for (const { name, mode, destinations } of policy.subscriptions) {
      const list = destinations.map((each) => `'${each.replace(/['\\]/g, '\\$&')}'`).join(', ');
      await orRemark(
        `subscription ${name} of ${database.name}.${policy.name}`,
        `CREATE SUBSCRIPTION ${quoted(name)} ON ${where} DESTINATIONS ${mode} ${list}`,
      );
    }
  }
}

function quoted(name: string): string {
  return `"${name.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}

type Row = readonly unknown[];

/** The rows of one statement. Rejects with `invalid` and the server's text when it fails. */
async function query(address: ServerAddress, statement: string): Promise<Row[]> {
  const { status, text } = await request(address, '/query', new URLSearchParams({ q: statement }));
  if (status !== 200) throw failure(status, errorOf(text));
  const answer = JSON.parse(text) as { results?: { error?: string; series?: { values?: Row[] }[] }[] };
  const results = answer.results ?? [];
  const error = results.find((result) => result.error !== undefined)?.error;
  if (error !== undefined) throw new WeirError('invalid', `${statement}: ${error}`);
  return results.flatMap(({ series = [] }) => series.flatMap(({ values = [] }) => values));
}

/** Asks again while the server is busy or away. */
async function request(
  { url, username, password }: ServerAddress,
  path: string,
  body: Uint8Array | URLSearchParams,
): Promise<{ status: number; text: string }> {
  const headers: Record<string, string> = {};
  if (username !== undefined) {
    headers['authorization'] = `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`;
  }
  const patientUntilMs = performance.now() + PATIENCE_MS;
  for (;;) {
    let failed: string;
    try {
      const response = await fetch(new URL(path, url), { method: 'POST', headers, body });
      const text = await response.text();
      if (response.status !== 503 && response.status !== 429) return { status: response.status, text };
      failed = errorOf(text);
    } catch (error) {
      failed = error instanceof Error && error.cause instanceof Error ? error.cause.message : messageOf(error);
    }
    if (performance.now() > patientUntilMs) throw new WeirError('unavailable', `${url}: ${failed}`);
    await sleep(RETRY_MS);
  }
}

function errorOf(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    return typeof error === 'string' ? error : text;
  } catch {
    return text;
  }
}

function failure(status: number, reason: string): WeirError {
  const code = status === 401 ? 'unauthorized' : status === 403 ? 'forbidden' : 'invalid';
  return new WeirError(code, `the server answers ${status}: ${reason}`);
}
