// The flags of `weir export` and `weir import FILE`.
import type { Command } from '../command-line.ts';
import type { CommandIo } from '../command-io.ts';
import type { ExportFlags } from './run-export.ts';
import type { ImportFlags } from './run-import.ts';

/** Returns the command, which others go below. */
export function addExport(program: Command, io: CommandIo): Command {
  const command = program
    .command('export')
    .description('write databases as line protocol, which influx -import and weir import read')
    .option('--database <name>', 'only this one; without it all but _internal')
    .option('--retention <name>', 'only this retention policy')
    .option('--measurement <name>', 'only this measurement')
    .option('--start <time>', 'only points from then on (RFC 3339)')
    .option('--end <time>', 'only points up to then (RFC 3339)')
    .option('--out <file>', 'where to; - is standard output', '-')
    .option('--compress', 'pack it with gzip')
    .option('--lponly', 'only the points, without statements and comments')
    .option('--data-dir <directory>', 'the data of a Weir that does not run, in place of --host');
  return withConnection(command).action(async (flags: ExportFlags) => {
    const { runExport } = await import('./run-export.ts');
    await runExport(flags, io);
  });
}

/** The command that `weir import` is when nothing else is named. */
export function addImportOfLines(importing: Command, io: CommandIo): void {
  const command = importing
    .command('lines', { isDefault: true })
    .description('line protocol as weir export and influx_inspect export write it')
    .argument('<file>', '- is standard input')
    .option('--precision <unit>', 'of the timestamps: ns, u, ms, s, m or h', 'ns')
    .option('--pps <number>', 'points per second; 0 = no limit', '0')
    .option('--compressed', 'the file is packed with gzip, whatever its name');
  withConnection(command).action(async (path: string, flags: ImportFlags) => {
    const { runImport } = await import('./run-import.ts');
    await runImport(path, flags, io);
  });
}

function withConnection(command: Command): Command {
  return command
    .option('--host <url>', 'the server, Weir or InfluxDB', 'http://localhost:8086')
    .option('--username <name>', 'INFLUX_USERNAME names one as well')
    .option('--password <password>', 'INFLUX_PASSWORD names one as well')
    .option('--unsafe-ssl', 'take any certificate');
}
