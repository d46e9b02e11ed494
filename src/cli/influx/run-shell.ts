// From the command line to an exit code: connects, then runs what was asked for.
import { isatty } from 'node:tty';
import { WeirError, messageOf } from '../../base/index.ts';
import { readVersion } from '../version.ts';
import { type ShellFlags, USAGE, parseFlags } from './flags.ts';
import { parseServerAddress } from './server-address.ts';
import { DONE, type Outcome, Session } from './session.ts';
import { NO_PROMPTS, runLine, setPrecision } from './shell-commands.ts';
import { type TextOutput, streamOutput } from './text-output.ts';

/** InfluxDB's shell ends with 2 when it is called wrongly. */
const WRONG_CALL = 2;

export type ShellProcess = Pick<NodeJS.Process, 'env' | 'stdin' | 'stdout' | 'stderr' | 'on' | 'off' | 'exit'>;

/** Resolves with the exit code. */
export async function runShell(args: readonly string[], shell: ShellProcess): Promise<number> {
  const output = streamOutput(shell.stdout);
  const errors = streamOutput(shell.stderr);
  // A reader that has seen enough (`influx … | head`) ends the shell as it ends any other command.
  shell.stdout.on('error', () => shell.exit(1));
  let flags: ShellFlags;
  try {
    flags = parseFlags(args);
  } catch (error) {
    await errors.write(`${messageOf(error)}\n`);
    await output.write(USAGE);
    return WRONG_CALL;
  }
  try {
    return await run(flags, shell, output, errors);
  } catch (error) {
    await errors.write(`${messageOf(error)}\n`);
    return 1;
  }
}

async function run(flags: ShellFlags, shell: ShellProcess, output: TextOutput, errors: TextOutput): Promise<number> {
  if (flags.help || flags.version) {
    await output.write(flags.help ? USAGE : `${shownVersion()}\n`);
    return 0;
  }
  if (flags.rest.length > 0) {
    await errors.write(`unknown arguments: ${flags.rest.join(' ')}\n`);
    await output.write(USAGE);
    return 1;
  }
  if (flags.type === 'flux') throw new WeirError('not implemented', 'Flux is not built yet: use -type influxql');
  const session = await openSession(flags, shell, output);
  try {
    await setPrecision(session, `precision ${flags.precision}`);
    const outcome = await runMode(flags, session, shell, errors);
    if (outcome.kind !== 'failed') return 0;
    await errors.write(`${outcome.error}\n`);
    return 1;
  } finally {
    session.close();
  }
}

/** What the flags ask for, in InfluxDB's order: commands, an import, a script, a terminal. */
async function runMode(flags: ShellFlags, session: Session, shell: ShellProcess, errors: TextOutput): Promise<Outcome> {
  if (flags.execute === '' && !flags.import && isTerminal(shell)) {
    const { runTerminal } = await import('./terminal.ts');
    return runTerminal(session, shell, shownVersion());
  }
  if (flags.execute === '' && flags.import) return runImport(flags, session, errors);
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  shell.on('SIGINT', stop);
  try {
    if (flags.execute !== '') return await runCommands(session, flags.execute, abort.signal);
    const [{ readScript }, { runScript }] = await Promise.all([import('./script.ts'), import('./run-script.ts')]);
    return await runScript(session, readScript(await readAll(shell.stdin)), abort.signal);
  } finally {
    shell.off('SIGINT', stop);
  }
}

async function runImport(flags: ShellFlags, session: Session, errors: TextOutput): Promise<Outcome> {
  const { importFailure, importFile } = await import('./importer.ts');
  const { path, compressed, pps } = flags;
  const { client, output, precision, consistency } = session;
  const options = { path, compressed, pps, precision, consistency, output, errors };
  let failure: string | null;
  try {
    failure = importFailure(await importFile(client, options));
  } catch (error) {
    failure = `ERROR: ${messageOf(error)}`;
  }
  return failure === null ? DONE : { kind: 'failed', error: failure, isQuiet: false };
}

/** Lines as a person would type them, up to the first that fails. Empty ones are passed over. */
async function runCommands(session: Session, text: string, signal: AbortSignal): Promise<Outcome> {
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const outcome = await runLine(session, line, NO_PROMPTS, signal);
    if (outcome.kind === 'quit') return outcome;
    if (outcome.kind === 'failed' && !outcome.isQuiet) return outcome;
  }
  return DONE;
}

async function openSession(flags: ShellFlags, shell: ShellProcess, output: TextOutput): Promise<Session> {
  const { env } = shell;
  const address = parseServerAddress(`${bracketed(flags.host)}:${flags.port}/${flags.pathPrefix}`, flags.ssl);
  const { socket, unsafeSsl, database, format, consistency, pretty, node } = flags;
  const username = flags.username || (env.INFLUX_USERNAME ?? '');
  const password = await readPassword(flags, shell);
  const isTyped = flags.execute === '' && !flags.import && isTerminal(shell);
  const session = new Session({
    ...{ address, socket, unsafeSsl, username, password, database, format, consistency, pretty, node, output },
    userAgent: `InfluxDBShell/${readVersion()}`,
    // Between two lines that a person types a server may well close a connection.
    keepAlive: !isTyped,
    environment: env,
  });
  try {
    await session.connect();
  } catch (error) {
    throw await connectFault(session, flags, error);
  }
  return session;
}

async function readPassword(flags: ShellFlags, shell: ShellProcess): Promise<string> {
  if (!flags.askPassword) return flags.password || (shell.env.INFLUX_PASSWORD ?? '');
  if (!isTerminal(shell)) throw new WeirError('invalid', 'unable to prompt for a password with no TTY');
  const { askHidden } = await import('./prompt.ts');
  const password = await askHidden('password: ', shell);
  if (password === null) throw new WeirError('invalid', 'Unable to parse password');
  return password;
}

/** The reason, and what may help: whether it works with `-ssl` or without checking the certificate is tried out. */
async function connectFault(session: Session, flags: ShellFlags, error: unknown): Promise<WeirError> {
  const code =
    error instanceof Error && error.cause instanceof Error ? String((error.cause as NodeJS.ErrnoException).code) : '';
  const what = `Failed to connect to ${session.shownAddress}: ${messageOf(error)}`;
  let advice = "Please check your connection settings and ensure 'influxd' is running.";
  if (!flags.ssl && /^HPE_|ECONNRESET/.test(code) && (await answers(session))) {
    advice = 'Please use the -ssl flag to connect using SSL.';
  } else if (flags.ssl && !flags.unsafeSsl && /CERT|ALTNAME|SIGNATURE|ISSUER/.test(code) && (await answers(session))) {
    advice = 'You may use -unsafeSsl to connect anyway, but the SSL connection will not be secure.';
  }
  return new WeirError('unavailable', `${what}\n${advice}`, error);
}

/** Whether the server speaks TLS with some certificate. */
async function answers(session: Session): Promise<boolean> {
  try {
    await session.connect({ ...session.options.address, protocol: 'https:' }, true);
    return true;
  } catch {
    return false;
  } finally {
    session.close();
  }
}

async function readAll(input: NodeJS.ReadableStream): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of input) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString('utf8');
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

function isTerminal(shell: ShellProcess): boolean {
  return shell.stdin.isTTY === true && isatty(0);
}

function shownVersion(): string {
  return `InfluxDB shell version: ${readVersion()} (Weir)`;
}
