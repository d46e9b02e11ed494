// The flags of `weir import rrd`, `weir import whisper` and `weir export whisper`.
import type { Command } from '../command-line.ts';
import type { CommandIo } from '../command-io.ts';
import type { ArchiveImportFlags } from './run-import.ts';
import type { WhisperExportFlags } from './run-export.ts';

export function addArchiveImports(importing: Command, io: CommandIo): void {
  const rrd = importing
    .command('rrd')
    .argument('<files...>', "RRDtool's own, or what rrdtool dump prints; of directories all *.rrd in them")
    .description('every archive and data source of RRDtool files, into the tiers of a ladder')
    .option('--layout <name>', 'collectd: paths are HOST/PLUGIN-INSTANCE/TYPE-INSTANCE.rrd');
  withNames(rrd).action(async (files: string[], flags: ArchiveImportFlags) => {
    const { runArchiveImport } = await import('./run-import.ts');
    await runArchiveImport('rrd', files, flags, io);
  });
  const whisper = importing
    .command('whisper')
    .argument('<directory>', 'all *.wsp in it')
    .description("every archive of Graphite's Whisper files, into the tiers of a ladder");
  withNames(whisper).action(async (directory: string, flags: ArchiveImportFlags) => {
    const { runArchiveImport } = await import('./run-import.ts');
    await runArchiveImport('wsp', [directory], flags, io);
  });
}

/** `exporting` is `weir export`, which has some of these flags, too. */
export function addWhisperExport(exporting: Command, io: CommandIo): void {
  exporting
    .command('whisper')
    .argument('<directory>', 'where to')
    .description('the ladder of a database as Whisper files, one for each field of each series')
    .option('--aggregation <name>', 'average, sum, min, max or last', 'average')
    .option('--xff <share>', 'that must be known of what Graphite adds later', '0')
    .option('--ladder <name>', 'which one; needed where there are several')
    .action(async (directory: string, _flags: unknown, command: Command) => {
      const { runWhisperExport } = await import('./run-export.ts');
      await runWhisperExport(directory, command.optsWithGlobals<WhisperExportFlags>(), io);
    });
}

function withNames(command: Command): Command {
  const collect = (value: string, before: string[]): string[] => [...before, value];
  return command
    .requiredOption('--database <name>', 'it is made if it is not there')
    .option('--ladder <name>', 'is made of the files if it is not there; needed where there are several')
    .option(
      '--template <text>',
      "a Graphite template, may come several times: 'servers.* .host.measurement*'",
      collect,
      [],
    )
    .option('--separator <text>', 'joins parts of a name that mean the same', '.')
    .option('--root <directory>', 'names begin below it; the directory that is imported, or the present one')
    .option('--data-dir <directory>', 'of a Weir that does not run')
    .option('--config <file>', 'settings file');
}
