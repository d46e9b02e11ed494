// `weir restore DIR`: into a running server, or into the data directory of one that is not running.
import {
  type RestoreOptions,
  type RestoreReport,
  type RestoreTarget,
  openBackup,
  sendRestore,
} from '../../backup/index.ts';
import { WeirError } from '../../base/index.ts';
import type { CommandIo } from '../command-io.ts';
import { loadSettings } from '../load-settings.ts';
import { withOfflineEngine } from '../offline-engine.ts';
import { ProgressLine } from '../progress-line.ts';
import { httpRestores } from './http-restores.ts';
import { type ServerFlags, clientOf } from './server-flags.ts';
import { copyText } from './texts.ts';

/** As commander names them. */
export interface RestoreFlags extends ServerFlags {
  readonly database?: string;
  readonly as?: string;
  readonly retention?: string;
  readonly newRetention?: string;
  readonly merge?: true;
  readonly skipExisting?: true;
  readonly dataDir?: string;
}

export async function restore(dir: string, flags: RestoreFlags, io: CommandIo): Promise<void> {
  const options = optionsOf(flags);
  const { dataDir, host } = flags;
  if (dataDir === undefined) return restoreInto(dir, options, httpRestores(clientOf(flags, io.environment)), io);
  if (host !== undefined) throw new WeirError('invalid', 'either --host or --data-dir, not both');
  const { settings } = await loadSettings({ flags: { '--data-dir': dataDir }, environment: {}, file: null });
  await withOfflineEngine(settings, io, ({ http }) => restoreInto(dir, options, http.copies.restores, io));
}

function optionsOf(flags: RestoreFlags): RestoreOptions {
  if (flags.merge === true && flags.skipExisting === true)
    throw new WeirError('invalid', 'either --merge or --skip-existing, not both');
  return {
    database: flags.database ?? null,
    as: flags.as ?? null,
    policy: flags.retention ?? null,
    newPolicy: flags.newRetention ?? null,
    ifExists: flags.merge === true ? 'merge' : flags.skipExisting === true ? 'skip' : 'refuse',
  };
}

async function restoreInto(dir: string, options: RestoreOptions, target: RestoreTarget, io: CommandIo): Promise<void> {
  const { directory, manifest } = await openBackup(dir);
  const line = new ProgressLine(io.stderr);
  try {
    const report = await sendRestore(directory, manifest, target, options, (progress) => line.show(copyText(progress)));
    line.end();
    io.stdout.write(`${reportText(manifest.contents.createdAt, report)}\n`);
  } catch (error) {
    line.end();
    throw error;
  } finally {
    await directory.close();
  }
}

function reportText(createdAt: string, { plan, outcome }: RestoreReport): string {
  const { databases, policies, merges, users } = plan.request;
  const merged = new Set(merges.map(({ database, policy }) => `${database}.${policy}`));
  return [
    `Restored from the backup of ${createdAt}.`,
    ...databases.map(({ name }) => `  database ${name}`),
    ...policies.map(({ database, policy }) => `  retention policy ${policy.name} of ${database}`),
    ...[...merged].map((name) => `  points of ${name}, merged`),
    ...mergeLines(outcome.merged),
    ...(users.length === 0 ? [] : [outcome.usersRestored ? `  ${users.length} users` : USERS_STAY]),
    ...plan.notes.map((note) => `Left out: ${note}.`),
  ].join('\n');
}

const USERS_STAY = 'Left out: users, as the server has its own.';

function mergeLines(merged: RestoreReport['outcome']['merged']): readonly string[] {
  if (merged === null) return [];
  const lines = [`  ${merged.written} points written`];
  if (merged.dropped > 0) lines.push(`  ${merged.dropped} points refused, the first: ${merged.firstReason}`);
  return lines;
}
