// `weir import FILE`: a file of line protocol into a server, as `influx -import` does it.
import { WeirError } from '../../base/index.ts';
import type { CommandIo } from '../command-io.ts';
import { importFile } from '../influx/importer.ts';
import { type ConnectionFlags, connectTo } from './connect.ts';

/** As commander names them. */
export interface ImportFlags extends ConnectionFlags {
  readonly precision: string;
  readonly pps: string;
  readonly compressed?: true;
}

/** Rejects with `invalid` when a statement or a point did not go through, after all the others have. */
export async function runImport(path: string, flags: ImportFlags, io: CommandIo): Promise<void> {
  const { precision } = flags;
  if (!/^\d+$/.test(flags.pps)) throw new WeirError('invalid', `--pps: expected a number, got ${flags.pps}`);
  if (!/^(?:ns|u|ms|s|m|h)$/.test(precision)) {
    throw new WeirError('invalid', `--precision: expected ns, u, ms, s, m or h, got ${precision}`);
  }
  const client = await connectTo(flags, io);
  try {
    const report = await importFile(client, {
      path,
      compressed: flags.compressed === true || path.endsWith('.gz'),
      pps: Number(flags.pps),
      precision,
      consistency: 'all',
      output: textTo(io.stdout),
      errors: textTo(io.stderr),
    });
    const failures: string[] = [];
    if (report.failedCommands > 0) failures.push(`${report.failedCommands} statements failed`);
    if (report.failedInserts > 0) failures.push(`${report.failedInserts} points were not inserted`);
    if (failures.length > 0) throw new WeirError('invalid', failures.join(', '));
  } finally {
    client.close();
  }
}

function textTo(target: CommandIo['stdout']): { write(text: string): Promise<void> } {
  return {
    write: (text) => {
      target.write(text);
      return Promise.resolve();
    },
  };
}
