// `weir repair`: makes a damaged log open again, and says what that costs.
import { repairDirectoryLog } from '../log/index.ts';
import type { CommandIo } from './command-io.ts';
import { claimDataDir } from './data-dir.ts';

export async function repair(dir: string, io: CommandIo): Promise<void> {
  const dataDir = await claimDataDir(dir);
  try {
    const { lost } = await repairDirectoryLog(dataDir.logDir);
    if (lost.length === 0) io.stdout.write(`The log in ${dataDir.logDir} is not damaged.\n`);
    for (const part of lost) {
      io.stdout.write(`${part.path} at ${part.offset}, ${part.sizeBytes} bytes: ${part.reason}\n`);
      io.stdout.write(`  lost: ${lostText(part.fromSeq, part.toSeq)}\n`);
      if (part.savedTo !== null) io.stdout.write(`  the bytes are kept in ${part.savedTo}\n`);
    }
  } finally {
    await dataDir.lock.release();
  }
}

function lostText(fromSeq: number, toSeq: number | null): string {
  if (toSeq === null) return `changes from ${fromSeq} on, nobody can tell how many`;
  if (toSeq < fromSeq) return 'no change';
  return toSeq === fromSeq ? `change ${fromSeq}` : `changes ${fromSeq} to ${toSeq}`;
}
