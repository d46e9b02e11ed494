// The shell's own commands. A line that begins with none of these words is a query.
import { messageOf } from '../../base/index.ts';
import { AlignedText } from './aligned-text.ts';
import { parseInsert } from './insert-line.ts';
import { parseServerAddress } from './server-address.ts';
import { DONE, type Outcome, type Session } from './session.ts';
import { type DatabaseTarget, findTarget, parseTarget } from './use-target.ts';

/** What only a terminal can do. */
export interface ShellPrompts {
  /** Asks for a line; `hidden` does not show it. Null when there is nobody to ask. */
  ask(label: string, hidden: boolean): Promise<string | null>;
  /** Earlier commands, oldest first. */
  history(): readonly string[];
}

export const NO_PROMPTS: ShellPrompts = { ask: () => Promise.resolve(null), history: () => [] };

type ShellCommand = (session: Session, line: string, prompts: ShellPrompts) => Promise<Outcome>;

const COMMANDS: Readonly<Record<string, ShellCommand>> = {
  exit: () => Promise.resolve({ kind: 'quit' }),
  quit: () => Promise.resolve({ kind: 'quit' }),
  connect,
  auth,
  help: (session) => say(session, HELP),
  history: async ({ output }, _line, prompts) => {
    await output.write(
      prompts
        .history()
        .map((line) => `${line}\n`)
        .join(''),
    );
    return DONE;
  },
  format: setFormat,
  precision: setPrecision,
  consistency: setConsistency,
  settings,
  chunked: toggleChunked,
  chunk: setChunkSize,
  pretty: togglePretty,
  use,
  node: setNode,
  insert,
  clear,
};

/** The word that the line begins with, when that is a command of the shell. */
export function shellCommandOf(line: string): string | null {
  const [word = ''] = line.trim().toLowerCase().split(/\s+/, 1);
  return Object.hasOwn(COMMANDS, word) ? word : null;
}

/** Runs one line, a command or a query. */
export function runLine(session: Session, line: string, prompts: ShellPrompts, signal?: AbortSignal): Promise<Outcome> {
  const command = shellCommandOf(line);
  return command === null ? session.runQuery(line, signal) : COMMANDS[command](session, line, prompts);
}

async function say(session: Session, text: string): Promise<Outcome> {
  await session.say(text);
  return DONE;
}

/** For mistakes after which InfluxDB's shell goes on as if nothing had been. */
async function complain(session: Session, text: string, ...more: readonly string[]): Promise<Outcome> {
  await session.say([text, ...more].join('\n'));
  return { kind: 'failed', error: text.replace(/^ERR: /, '').trim(), isQuiet: true };
}

/** What follows the command's word, in lower case. */
function argumentOf(line: string): string {
  return line.trim().replace(/^\S+/, '').trim().toLowerCase();
}

async function connect(session: Session, line: string): Promise<Outcome> {
  const text = argumentOf(line);
  try {
    const ssl = session.options.address.protocol === 'https:';
    await session.connect(text === '' ? undefined : parseServerAddress(text, ssl));
    return DONE;
  } catch (error) {
    return session.fail(messageOf(error));
  }
}

async function auth(session: Session, line: string, prompts: ShellPrompts): Promise<Outcome> {
  const [, ...given] = line.trim().split(/\s+/);
  const username = given.length === 2 ? given[0] : await prompts.ask('username: ', false);
  const password = given.length === 2 ? given[1] : username === null ? null : await prompts.ask('password: ', true);
  if (username === null || password === null)
    return complain(session, 'Unable to process input: auth <username> <password>');
  await session.setCredentials(username.trim(), password);
  return DONE;
}

async function setFormat(session: Session, line: string): Promise<Outcome> {
  const format = argumentOf(line);
  if (!['json', 'csv', 'column'].includes(format)) {
    return complain(session, `Unknown format ${JSON.stringify(format)}. Please use json, csv, or column.`);
  }
  session.format = format;
  return DONE;
}

/** Also what the flag `-precision` does. */
export async function setPrecision(session: Session, line: string): Promise<Outcome> {
  const precision = argumentOf(line);
  if (!['rfc3339', 'h', 'm', 's', 'ms', 'u', 'ns'].includes(precision)) {
    const wanted = 'Please use rfc3339, h, m, s, ms, u or ns.';
    return complain(session, `Unknown precision ${JSON.stringify(precision)}. ${wanted}`);
  }
  session.precision = precision === 'rfc3339' ? '' : precision;
  return DONE;
}

async function setConsistency(session: Session, line: string): Promise<Outcome> {
  const level = argumentOf(line);
  if (!['any', 'one', 'quorum', 'all'].includes(level)) {
    const wanted = 'Please use any, one, quorum, or all.';
    return complain(session, `Unknown consistency level ${JSON.stringify(level)}. ${wanted}`);
  }
  session.consistency = level;
  return DONE;
}

async function settings(session: Session): Promise<Outcome> {
  const text = new AlignedText(session.output);
  await text.lines([
    'Setting\tValue',
    '--------\t--------',
    `URL\t${session.shownUrl}`,
    `Username\t${session.username}`,
    `Database\t${session.database}`,
    `RetentionPolicy\t${session.policy}`,
    `Pretty\t${session.pretty}`,
    `Format\t${session.format}`,
    `Write Consistency\t${session.consistency}`,
    `Chunked\t${session.chunked}`,
    `Chunk Size\t${session.chunkSize}`,
    '',
  ]);
  await text.flush();
  return DONE;
}

function toggleChunked(session: Session): Promise<Outcome> {
  session.chunked = !session.chunked;
  return say(session, `chunked responses ${session.chunked ? 'enabled' : 'disabled'}`);
}

/** chunk [ size ] rows */
async function setChunkSize(session: Session, line: string): Promise<Outcome> {
  const text = argumentOf(line).replace(/^size\b\s*/, '');
  if (!/^[+-]?\d+$/.test(text)) return complain(session, `unable to parse chunk size from ${JSON.stringify(text)}`);
  session.chunkSize = Math.max(0, Number(text));
  return say(session, `chunk size set to ${session.chunkSize}`);
}

function togglePretty(session: Session): Promise<Outcome> {
  session.pretty = !session.pretty;
  return say(session, `Pretty print ${session.pretty ? 'enabled' : 'disabled'}`);
}

/** use db[.rp] */
async function use(session: Session, line: string): Promise<Outcome> {
  const match = /^\s*\S+\s+(.+)$/s.exec(line.trim().replace(/;$/, ''));
  if (match === null) return complain(session, `Could not parse database name from ${JSON.stringify(line)}.`);
  const target = parseTarget(match[1]);
  if (target === null) return complain(session, `Unable to parse database or retention policy from ${match[1]}`);
  const missing = await findTarget(session, target);
  if (missing.database !== null) return complain(session, missing.database, 'DB does not exist!');
  session.database = target.database;
  await session.say(`Using database ${target.database}`);
  if (missing.policy !== null) return complain(session, missing.policy);
  return target.policy === '' ? DONE : usePolicy(session, target);
}

function usePolicy(session: Session, { policy }: DatabaseTarget): Promise<Outcome> {
  session.policy = policy;
  return say(session, `Using retention policy ${policy}`);
}

async function setNode(session: Session, line: string): Promise<Outcome> {
  const words = line.trim().replace(/;$/, '').split(' ');
  if (words.length !== 2) {
    return complain(session, "Improper number of arguments for 'node' command, requires exactly one.");
  }
  const [, id] = words;
  if (id !== 'clear' && !/^[+-]?\d+$/.test(id)) {
    return complain(session, `Unable to parse node id from ${id}. Must be an integer or 'clear'.`);
  }
  session.node = id === 'clear' ? 0 : Number(id);
  return DONE;
}

async function insert(session: Session, line: string): Promise<Outcome> {
  const { precision, consistency } = session;
  try {
    const { database, policy, point } = parseInsert(line, session);
    await session.client.write(`${point}\n`, { db: database, rp: policy, precision, consistency });
    return DONE;
  } catch (error) {
    const hints = [
      'Note: error may be due to not setting a database or retention policy.',
      'Please set a database with the command "use <database>" or',
      'INSERT INTO <database>.<retention-policy> <point>',
    ];
    return complain(session, `ERR: ${messageOf(error)}`, ...(session.database === '' ? hints : []));
  }
}

async function clear(session: Session, line: string): Promise<Outcome> {
  const what = argumentOf(line.trim().replace(/;$/, ''));
  if (what === 'database' || what === 'db') {
    session.database = '';
    return say(session, 'database context cleared');
  }
  if (what === 'retention policy' || what === 'rp') {
    session.policy = '';
    return say(session, 'retention policy context cleared');
  }
  if (what === '') return say(session, CLEAR_HELP);
  return complain(session, `invalid command ${JSON.stringify(what)}.`, CLEAR_HELP);
}

const CLEAR_HELP = `Possible commands for 'clear' are:
    # Clear the database context
    clear database
    clear db

    # Clear the retention policy context
    clear retention policy
    clear rp
`;

const HELP = `Commands of the shell:
        connect <host:port>   connect to another server
        auth                  ask for user name and password
        use <db>[.<rp>]       database (and retention policy) that queries and points are for
        insert [into [<db>.]<rp>] <point>
                              write a point of line protocol
        clear db|rp           forget the database or the retention policy
        format <format>       how answers are shown: json, csv or column
        pretty                spread json over lines, or not
        precision <unit>      unit of timestamps: rfc3339, h, m, s, ms, u or ns
        consistency <level>   write consistency: any, one, quorum or all
        chunked               ask for answers in chunks, or not
        chunk size <rows>     rows of a chunk; 0: as the server likes
        settings              show all of these
        history               show earlier commands
        exit, quit, ctrl+d    leave

Everything else is a query, for example:
        show databases
        show measurements
        show field keys
        select * from <measurement> where time > now() - 1h
`;
