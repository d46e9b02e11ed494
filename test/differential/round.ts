// One round: a random database in both servers, then queries that must have equal answers. What does not is made as small as
// it can be and told as a script.
import { setTimeout } from 'node:timers/promises';
import { type Random, seededRandom } from '../../src/exec/test-support/random.ts';
import { sameAnswer } from './compare.ts';
import { randomStatement } from './random-statement.ts';
import { ruleFor } from './rules.ts';
import { type Batch, type Database, laterBatch, randomDatabase } from './schema.ts';
import { type Query, followUps, printQuery } from './select.ts';
import { type Answer, NO_ANSWER, type Server, type Servers } from './servers.ts';
import { shrink } from './shrink.ts';

export interface RoundOptions {
  readonly seed: number;
  readonly queries: number;
  readonly version: string;
  /** Whether disagreements are made smaller; takes a while. */
  readonly shrinks: boolean;
}

export interface RoundResult {
  readonly asked: number;
  /** Answers with at least one row. */
  readonly rows: number;
  readonly explained: ReadonlyMap<string, number>;
  /** Scripts that reproduce what is not explained. */
  readonly disagreements: readonly string[];
  /** The query after which one of the servers was gone. */
  readonly fatal?: string;
}

const DATABASE = 'd';
/** A process may take a moment to end after its last answer. */
const DYING_MS = 1000;

export async function runRound(servers: Servers, options: RoundOptions): Promise<RoundResult> {
  const random = seededRandom(options.seed);
  let database = randomDatabase(random);
  const explained = new Map<string, number>();
  const disagreements: string[] = [];
  let asked = 0;
  let rows = 0;
  await load(servers, database);
  for (; asked < options.queries; asked++) {
    if (random.chance(0.05)) database = await changed(servers, database, laterBatch(fork(random), database));
    const query = randomStatement({ random: fork(random), database, technical: options.version !== '1.6.7' });
    const text = printQuery(query);
    const [influxdb, weir] = await askBoth(servers, query);
    if (influxdb.body.includes('"values"')) rows++;
    if (influxdb.status === NO_ANSWER.status || weir.status === NO_ANSWER.status) await setTimeout(DYING_MS);
    if (!servers.areAlive())
      return { asked, rows, explained, disagreements, fatal: `${text}\n  ${influxdb.body}\n  ${weir.body}` };
    if (sameAnswer(influxdb, weir)) {
      // What a delete leaves is asked about for a while, too.
      const change = { policy: '', lines: [], statement: text };
      if (isChange(query) && random.chance(0.5)) database = { ...database, batches: [...database.batches, change] };
      else if (isChange(query)) await load(servers, database);
      continue;
    }
    const rule = ruleFor({ query, text, database, weir, influxdb, version: options.version });
    if (rule !== undefined) {
      explained.set(rule.name, (explained.get(rule.name) ?? 0) + 1);
      if (isChange(query)) await load(servers, database);
      continue;
    }
    disagreements.push(await describe(servers, database, { query, influxdb, weir }, options));
    await load(servers, database);
  }
  return { asked, rows, explained, disagreements };
}

function isChange(query: Query): boolean {
  return query.kind === 'plain' && query.changes;
}

async function changed(servers: Servers, database: Database, batch: Batch): Promise<Database> {
  await Promise.all([perform(servers.influxdb, batch), perform(servers.weir, batch)]);
  return { ...database, batches: [...database.batches, batch] };
}

/** Choices of one query do not shift those of the next. */
function fork(random: Random): Random {
  return seededRandom(random.integer(0, 2 ** 31));
}

/** The answers to a query and to what is asked after it, one a line. */
export async function askBoth({ influxdb, weir }: Servers, query: Query): Promise<[Answer, Answer]> {
  return Promise.all([ask(influxdb, query), ask(weir, query)]);
}

async function ask(server: Server, query: Query): Promise<Answer> {
  const answers = [await server.query(DATABASE, printQuery(query))];
  for (const text of followUps(query)) answers.push(await server.query(DATABASE, text));
  return { status: answers[0].status, body: answers.map(({ body }) => body.trim()).join('\n') };
}

/** Makes both hold just this database. */
export async function load(servers: Servers, database: Pick<Database, 'setup' | 'batches'>): Promise<void> {
  await Promise.all([loadOne(servers.influxdb, database), loadOne(servers.weir, database)]);
}

async function loadOne(server: Server, { setup, batches }: Pick<Database, 'setup' | 'batches'>): Promise<void> {
  await server.query('', `DROP DATABASE ${DATABASE}`);
  await server.query('', `CREATE DATABASE ${DATABASE}`);
  for (const statement of setup) await server.query('', statement.replace('DB', DATABASE));
  for (const batch of batches) await perform(server, batch);
}

async function perform(server: Server, { policy, lines, statement }: Batch): Promise<void> {
  if (statement !== '') await server.query(DATABASE, statement);
  if (lines.length > 0) await server.write(DATABASE, policy === '' ? '' : `rp=${policy}`, lines.join('\n'));
}

interface Seen {
  readonly query: Query;
  readonly influxdb: Answer;
  readonly weir: Answer;
}

async function describe(servers: Servers, database: Database, seen: Seen, options: RoundOptions): Promise<string> {
  const { query } = seen;
  const hangs = seen.influxdb.status === NO_ANSWER.status || seen.weir.status === NO_ANSWER.status;
  const small =
    options.shrinks && !hangs ? await shrink(servers, database, query) : { query, batches: database.batches };
  await load(servers, { ...database, batches: small.batches });
  const text = printQuery(small.query);
  const [again, weirAgain] = await askBoth(servers, small.query);
  const isAgain = !sameAnswer(again, weirAgain);
  const [influxdb, weir] = isAgain ? [again, weirAgain] : [seen.influxdb, seen.weir];
  const loads = small.batches
    .filter(({ lines, statement }) => lines.length > 0 || statement !== '')
    .map(({ policy, lines, statement }) =>
      statement !== ''
        ? `query ${DATABASE} ${statement}\n`
        : `load ${DATABASE}${policy === '' ? '' : `.${policy}`}\n${lines.slice(0, 60).join('\n')}${lines.length > 60 ? `\n# … ${lines.length} lines` : ''}\n`,
    );
  return [
    `# seed ${options.seed}${isAgain ? '' : ': seen once, not again'}`,
    ...loads,
    `query ${DATABASE} ${[text, ...followUps(small.query)].join('; ')}`,
    `  was      ${printQuery(query)}`,
    `  influxdb ${influxdb.status} ${influxdb.body.trim().slice(0, 4000)}`,
    `  weir     ${weir.status} ${weir.body.trim().slice(0, 4000)}`,
  ].join('\n');
}
