// `weir ladder`: the resource /api/ladders of a running server, on the command line.
import { readFile } from 'node:fs/promises';
import { WeirError, messageOf } from '../../base/index.ts';
import { printLadderText } from '../../influxql/index.ts';
import { readGraphiteFiles } from '../../ladder/index.ts';
import type { CommandIo } from '../command-io.ts';
import type { ServerClient } from '../backup/server-client.ts';
import { type ServerFlags, clientOf } from '../backup/server-flags.ts';
import { type Row, printTable } from './print-table.ts';

/** As commander names them. */
interface FormatFlags extends ServerFlags {
  readonly format?: string;
}

export interface DeclareFlags extends FormatFlags {
  readonly database: string;
  readonly lateness?: string;
  readonly fromGraphite?: readonly string[];
  readonly keepData?: true;
}

export interface DropFlags extends FormatFlags {
  readonly database: string;
  readonly keepData?: true;
}

export interface ListFlags extends FormatFlags {
  readonly database?: string;
}

export interface AdoptFlags extends FormatFlags {
  readonly database: string;
  readonly as?: string;
  readonly dryRun?: true;
}

interface ListedLadder {
  readonly database: string;
  readonly name: string;
  readonly base: string;
  readonly fed: boolean;
  readonly definition: string;
  readonly tiers: readonly Row[];
}

const PATH = '/api/ladders';

export async function createLadder(
  name: string,
  rules: readonly string[],
  flags: DeclareFlags,
  io: CommandIo,
): Promise<void> {
  const { print, client } = open(flags, io);
  await client.json('POST', PATH, {}, await bodyOf(name, rules, flags, io));
  print(
    { created: name, database: flags.database },
    () => `Ladder ${name} is on ${flags.database}. Its tiers are being filled.`,
  );
}

export async function alterLadder(
  name: string,
  rules: readonly string[],
  flags: DeclareFlags,
  io: CommandIo,
): Promise<void> {
  const { print, client } = open(flags, io);
  await client.json('PUT', PATH, {}, await bodyOf(name, rules, flags, io));
  print({ altered: name, database: flags.database }, () => `Ladder ${name} of ${flags.database} is as declared.`);
}

export async function planLadder(
  name: string,
  rules: readonly string[],
  flags: DeclareFlags,
  io: CommandIo,
): Promise<void> {
  const { print, client } = open(flags, io);
  const plan = await client.json<{ readonly steps: readonly Row[] }>(
    'POST',
    `${PATH}/plan`,
    {},
    await bodyOf(name, rules, flags, io),
  );
  print(plan, () => printTable(plan.steps));
}

export async function dropLadder(name: string, flags: DropFlags, io: CommandIo): Promise<void> {
  const { print, client } = open(flags, io);
  const { database, keepData } = flags;
  await client.json('DELETE', PATH, { db: database, name, keep_data: keepData === true ? 'true' : null });
  const left = keepData === true ? 'Its tiers can be read on.' : 'Its tiers are gone, the points are not.';
  print({ dropped: name, database }, () => `Ladder ${name} of ${database} is dropped. ${left}`);
}

export async function listLadders(flags: ListFlags, io: CommandIo): Promise<void> {
  const { print, client } = open(flags, io);
  const { ladders } = await fetchLadders(client, flags);
  const rows = ladders.map(({ database, name, base, fed, definition }) => ({ database, name, base, fed, definition }));
  print({ ladders }, () => (rows.length === 0 ? 'There are no ladders.' : printTable(rows)));
}

export async function showStatus(name: string | undefined, flags: ListFlags, io: CommandIo): Promise<void> {
  const { print, client } = open(flags, io);
  const { ladders } = await fetchLadders(client, flags, name);
  print({ ladders }, () => {
    if (ladders.length === 0) return 'There are no ladders.';
    return ladders.map((ladder) => `${ladder.name} on ${ladder.database}\n${printTable(ladder.tiers)}`).join('\n\n');
  });
}

export async function adoptQueries(flags: AdoptFlags, io: CommandIo): Promise<void> {
  const { print, client } = open(flags, io);
  const { database, as, dryRun } = flags;
  const request = { database, ...(as === undefined ? {} : { name: as }), dry_run: dryRun === true };
  const plan = await client.json<{ readonly definition: string; readonly queries: readonly Row[] }>(
    'POST',
    `${PATH}/adopt`,
    {},
    Buffer.from(JSON.stringify(request)),
  );
  const done = dryRun === true ? 'Nothing was changed. It would be:' : 'Queries with a tier are replaced by:';
  print(plan, () => `${printTable(plan.queries)}\n\n${done}\n${plan.definition}`);
}

function open(flags: FormatFlags, io: CommandIo) {
  const { format = 'table' } = flags;
  if (format !== 'table' && format !== 'json')
    throw new WeirError('invalid', `--format: expected table or json, found ${format}`);
  const print = (json: object, text: () => string): void =>
    void io.stdout.write(`${format === 'json' ? JSON.stringify(json, null, 2) : text()}\n`);
  return { print, client: clientOf(flags, io.environment) };
}

function fetchLadders(
  client: ServerClient,
  { database = null }: { readonly database?: string | null },
  name: string | null = null,
): Promise<{ readonly ladders: readonly ListedLadder[] }> {
  return client.json('GET', PATH, { db: database, name });
}

async function bodyOf(name: string, rules: readonly string[], flags: DeclareFlags, io: CommandIo): Promise<Uint8Array> {
  const { database, lateness, fromGraphite, keepData } = flags;
  if ((fromGraphite === undefined) === (rules.length === 0))
    throw new WeirError('invalid', 'expected rules such as 1s:60h,10s:8d, or --from-graphite FILE…');
  const wanted = fromGraphite === undefined ? rules : await graphiteRules(fromGraphite, io);
  const request = {
    database,
    name,
    rules: wanted,
    ...(lateness === undefined ? {} : { lateness }),
    ...(keepData === undefined ? {} : { keep_data: true }),
  };
  return Buffer.from(JSON.stringify(request));
}

async function graphiteRules(paths: readonly string[], io: CommandIo): Promise<readonly string[]> {
  const files = await Promise.all(
    paths.map(async (path) => {
      try {
        return { path, text: await readFile(path, 'utf8') };
      } catch (error) {
        throw new WeirError('invalid', `${path} cannot be read: ${messageOf(error)}`, error);
      }
    }),
  );
  const { rules, notes } = readGraphiteFiles(files);
  for (const note of notes) io.stderr.write(`weir: ${note}\n`);
  return rules.map((rule) => printLadderText({ rules: [rule], latenessNs: null }));
}
