// The flags of `weir ladder`. What the commands do is loaded when it is asked for.
import type { Command } from '../command-line.ts';
import type { CommandIo } from '../command-io.ts';
import { withServerFlags } from '../backup/server-flags.ts';
import type { AdoptFlags, DeclareFlags, DropFlags, ListFlags } from './ladder-command.ts';

const RULES = "such as 1s:60h,10s:8d,1h:800d, or FOR /^cpu/ '1s:60h,1m:1y' STATES last; several: the first that fits";

export function addLadderCommands(program: Command, io: CommandIo): void {
  const ladder = program
    .command('ladder')
    .description('tiers of ever coarser windows of a database on a running server');
  const declaring = (name: string, about: string): Command =>
    withFormat(ladder.command(name))
      .description(about)
      .argument('<name>', 'of the ladder')
      .argument('[rules...]', RULES)
      .requiredOption('--database <name>', 'the database')
      .option('--lateness <duration>', 'how long windows wait for late points after their end (30s)')
      .option('--from-graphite <files...>', 'rules from storage-schemas.conf and storage-aggregation.conf');
  declaring('create', 'declare a ladder; what is there is filled in').action(
    async (name: string, rules: readonly string[], flags: DeclareFlags) => {
      const { createLadder } = await import('./ladder-command.ts');
      await createLadder(name, rules, flags, io);
    },
  );
  declaring('alter', 'declare a ladder anew; tiers of the same step go on')
    .option('--keep-data', 'tiers that are declared no more can be read on')
    .action(async (name: string, rules: readonly string[], flags: DeclareFlags) => {
      const { alterLadder } = await import('./ladder-command.ts');
      await alterLadder(name, rules, flags, io);
    });
  declaring('plan', 'say what a ladder would come to: points, bytes and time; nothing is changed').action(
    async (name: string, rules: readonly string[], flags: DeclareFlags) => {
      const { planLadder } = await import('./ladder-command.ts');
      await planLadder(name, rules, flags, io);
    },
  );
  withFormat(ladder.command('drop'))
    .description('drop a ladder with its tiers; the points stay')
    .argument('<name>', 'of the ladder')
    .requiredOption('--database <name>', 'the database')
    .option('--keep-data', 'its tiers can be read on, and are not fed any more')
    .action(async (name: string, flags: DropFlags) => {
      const { dropLadder } = await import('./ladder-command.ts');
      await dropLadder(name, flags, io);
    });
  withFormat(ladder.command('list'))
    .description('list ladders')
    .option('--database <name>', 'only of this one')
    .action(async (flags: ListFlags) => {
      const { listLadders } = await import('./ladder-command.ts');
      await listLadders(flags, io);
    });
  withFormat(ladder.command('status'))
    .description('say of each tier what it holds, how far it is and what is left to do')
    .argument('[name]', 'of the ladder; without it all')
    .option('--database <name>', 'only of this one')
    .action(async (name: string | undefined, flags: ListFlags) => {
      const { showStatus } = await import('./ladder-command.ts');
      await showStatus(name, flags, io);
    });
  withFormat(ladder.command('adopt'))
    .description('replace continuous queries that make a cascade by a ladder; what they wrote stays')
    .requiredOption('--database <name>', 'the database')
    .option('--as <name>', 'call the ladder so; else as the database')
    .option('--dry-run', 'say what would happen, change nothing')
    .action(async (flags: AdoptFlags) => {
      const { adoptQueries } = await import('./ladder-command.ts');
      await adoptQueries(flags, io);
    });
}

function withFormat(command: Command): Command {
  return withServerFlags(command).option('--format <table|json>', 'how the answer is printed (table)');
}
