// The commands of `weir` and their flags. Every setting is a flag of `serve` and `config`.
import { Command, CommanderError } from './command-line.ts';
import { isWeirError, messageOf } from '../base/index.ts';
import { addArchiveImports, addWhisperExport } from './archives/commands.ts';
import { addBackupCommands } from './backup/commands.ts';
import type { CommandIo } from './command-io.ts';
import { addExport, addImportOfLines } from './export/commands.ts';
import { addLadderCommands } from './ladder/commands.ts';
import { type SettingSources, loadSettings } from './load-settings.ts';
import { SETTINGS, flagName } from './settings.ts';
import { readVersion } from './version.ts';

/** Resolves with the exit code, or with undefined while a server runs on. */
export async function runCommand(args: readonly string[], io: CommandIo): Promise<number | undefined> {
  let running = false;
  const program = new Command('weir')
    .description('A time-series database that speaks InfluxDB')
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
  withSettings(
    program
      .command('serve')
      .alias('run')
      .description('run the database')
      .option('--pidfile <file>', 'write the process id there'),
    async (sources, command) => {
      const { serve } = await import('./serve.ts');
      await serve(sources, io, command.opts<{ readonly pidfile?: string }>().pidfile);
      running = true;
    },
    io,
  );
  withSettings(
    program.command('config').description('print the effective settings as TOML'),
    async (sources) => {
      const { toml, warnings } = await loadSettings(sources);
      for (const warning of warnings) io.stderr.write(`weir: ${warning}\n`);
      io.stdout.write(toml);
    },
    io,
  );
  program
    .command('version')
    .description('print the version')
    .action(() => void io.stdout.write(`weir ${readVersion()}\n`));
  withSettings(
    program
      .command('repair')
      .description('pass over damage in the log: sets damaged parts aside and says what is lost'),
    async (sources) => {
      const { repair } = await import('./repair.ts');
      await repair((await loadSettings(sources)).settings['data-dir'], io);
    },
    io,
  );
  const importing = program.command('import').description('take over data from elsewhere');
  withSettings(
    importing
      .command('influxdb')
      .argument('<directory>', 'with meta, data and wal, of a server that is stopped (or a copy of it)')
      .description('everything of an InfluxDB 1.x server')
      .option('--database <name>', 'only this one; without it all but _internal, and the users')
      .option('--retention <name>', 'only this retention policy')
      .option('--start <time>', 'only points from then on (RFC 3339)')
      .option('--end <time>', 'only points up to then (RFC 3339)')
      .option('--host <url>', 'into the server there, http://host:port, not into a data directory')
      .option('--username <name>', 'for the server')
      .option('--password <password>', 'for the server; INFLUX_PASSWORD as well')
      .option('--meta <directory>', 'where meta.db is, if not in meta')
      .option('--data <directory>', 'where the shards are, if not in data')
      .option('--wal <directory>', 'where their WAL is, if not in wal')
      .option('--dry-run', 'read and check everything, write nothing')
      .option('--skip-damaged', 'import what is left of damaged shards'),
    async (sources, command) => {
      const { importFromInfluxdb } = await import('./import-influxdb.ts');
      await importFromInfluxdb(command.args[0], command.opts(), (await loadSettings(sources)).settings, io);
    },
    io,
  );
  addArchiveImports(importing, io);
  addImportOfLines(importing, io);
  addWhisperExport(addExport(program, io), io);
  addBackupCommands(program, io);
  addLadderCommands(program, io);
  try {
    await program.parseAsync(args.map(withTwoDashes), { from: 'user' });
    return running ? undefined : 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    if (!isWeirError(error)) throw error;
    for (const line of messageOf(error).split('\n')) io.stderr.write(`weir: ${line}\n`);
    return 1;
  }
}

/** influxd's flags have one dash: `-config FILE`, `-pidfile FILE`. */
function withTwoDashes(argument: string): string {
  return argument.replace(/^-((?:config|pidfile)(?:=.*)?)$/s, '--$1');
}

/** Gives a command `--config FILE` and a flag for every setting. Options that it has already are for `run` to look at. */
function withSettings(
  command: Command,
  run: (sources: SettingSources, command: Command) => Promise<void>,
  io: CommandIo,
): void {
  const own = new Set(command.options);
  command.option('--config <file>', 'settings file, of Weir or of InfluxDB 1.x; WEIR_CONFIG names one as well');
  for (const leaf of SETTINGS) {
    const fallback = leaf.fallback === '' ? '' : ` (${String(leaf.fallback)})`;
    command.option(`${flagName(leaf.key)} <${leaf.kind}>`, leaf.about.replaceAll('`', '') + fallback);
  }
  command.action(() => {
    const flags: Record<string, string> = {};
    for (const option of command.options) {
      if (own.has(option)) continue;
      const value: unknown = command.getOptionValue(option.attributeName());
      if (option.long !== undefined && option.long !== null && typeof value === 'string') flags[option.long] = value;
    }
    const { '--config': file = null, ...settings } = flags;
    return run({ flags: settings, environment: io.environment, file }, command);
  });
}
