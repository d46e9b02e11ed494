// `weir backup DIR` and `weir backup verify DIR`.
import {
  type BackupReport,
  type Selection,
  checkObjects,
  openBackup,
  openForBackup,
  takeBackup,
} from '../../backup/index.ts';
import { WeirError, systemClock } from '../../base/index.ts';
import { parseTimeText } from '../../influxql/index.ts';
import { parseDuration } from '../../model/index.ts';
import type { CommandIo } from '../command-io.ts';
import { ProgressLine } from '../progress-line.ts';
import { httpBackups } from './http-backups.ts';
import { type ServerFlags, clientOf } from './server-flags.ts';
import { copyText, sizeText } from './texts.ts';

/** As commander names them. */
export interface BackupFlags extends ServerFlags {
  readonly database?: string;
  readonly retention?: string;
  readonly since?: string;
}

export async function backUp(dir: string, flags: BackupFlags, io: CommandIo): Promise<void> {
  const selection: Selection = {
    database: flags.database ?? null,
    policy: flags.retention ?? null,
    sinceNs: flags.since === undefined ? null : `${timeOf(flags.since)}`,
  };
  if (selection.policy !== null && selection.database === null)
    throw new WeirError('invalid', '--retention needs --database');
  const source = httpBackups(clientOf(flags, io.environment));
  const directory = await openForBackup(dir);
  const line = new ProgressLine(io.stderr);
  try {
    const report = await takeBackup(directory, source, selection, (progress) => line.show(copyText(progress)));
    line.end();
    io.stdout.write(`${reportText(dir, report)}\n`);
  } catch (error) {
    line.end();
    throw error;
  } finally {
    await directory.close();
  }
}

/** Reads every byte of the backup. */
export async function verifyBackup(dir: string, io: CommandIo): Promise<void> {
  const { directory, manifest } = await openBackup(dir);
  const line = new ProgressLine(io.stderr);
  try {
    let count = 0;
    const { size } = manifest.objects;
    await checkObjects(directory, manifest, manifest.objects.keys(), () => line.show(`${++count} of ${size} objects`));
    line.end();
    const { createdAt, databases } = manifest.contents;
    const sizeBytes = [...manifest.objects.values()].reduce((sum, digest) => sum + digest.sizeBytes, 0);
    const names = databases.map(({ name }) => name).join(', ') || 'none';
    io.stdout.write(
      `The backup of ${createdAt} is whole: ${size} objects, ${sizeText(sizeBytes)}. Databases: ${names}.\n`,
    );
  } finally {
    await directory.close();
  }
}

/** A time, or a duration before now. */
function timeOf(text: string): bigint {
  const timeNs = /^\d+[a-z]/.test(text) ? systemClock.nowNs() - parseDuration(text) : parseTimeText(text, 'UTC');
  if (timeNs === undefined)
    throw new WeirError('invalid', `--since: ${text} is neither a time as 2026-01-31T12:00:00Z nor a duration as 30d`);
  return timeNs;
}

function reportText(dir: string, report: BackupReport): string {
  const { contents, objectCount, sizeBytes, copiedObjects, copiedBytes, removedObjects } = report;
  const names = contents.databases.map(({ name }) => name).join(', ') || 'none';
  return [
    `Backed up to ${dir}: ${objectCount} objects, ${sizeText(sizeBytes)}. Databases: ${names}.`,
    `Copied ${copiedObjects} of them, ${sizeText(copiedBytes)}; the others were here. Removed ${removedObjects} old ones.`,
  ].join('\n');
}
