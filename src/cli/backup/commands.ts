// The flags of `weir backup` and `weir restore`. What they do is loaded when it is asked for.
import type { Command } from '../command-line.ts';
import type { CommandIo } from '../command-io.ts';
import type { BackupFlags } from './backup-command.ts';
import type { RestoreFlags } from './restore-command.ts';
import { withServerFlags } from './server-flags.ts';

export function addBackupCommands(program: Command, io: CommandIo): void {
  const backup = withServerFlags(program.command('backup'))
    .description('copy databases of a running server into a directory; the next time only what is new')
    .argument('<directory>', 'of its own')
    .option('--database <name>', 'only this one; without it all, and the users')
    .option('--retention <name>', 'only this retention policy of the database')
    .option('--since <time>', 'without shards that end before it (RFC 3339, or a duration before now as 30d)')
    .action(async (directory: string, flags: BackupFlags) => {
      const { backUp } = await import('./backup-command.ts');
      await backUp(directory, flags, io);
    });
  backup
    .command('verify')
    .description('read a whole backup and compare it with its checksums')
    .argument('<directory>')
    .action(async (directory: string) => {
      const { verifyBackup } = await import('./backup-command.ts');
      await verifyBackup(directory, io);
    });
  withServerFlags(program.command('restore'))
    .description('bring databases of a backup into a running server, or into a data directory that no server uses')
    .argument('<directory>', 'of the backup')
    .option('--database <name>', 'only this one; without it all of the backup')
    .option('--as <name>', 'call the database so')
    .option('--retention <name>', 'only this retention policy of the database')
    .option('--new-retention <name>', 'call the retention policy so')
    .option('--merge', "write the backup's points into what exists already")
    .option('--skip-existing', 'leave out databases that exist already')
    .option('--data-dir <directory>', 'restore into this data directory; its server must not run')
    .action(async (directory: string, flags: RestoreFlags) => {
      const { restore } = await import('./restore-command.ts');
      await restore(directory, flags, io);
    });
}
