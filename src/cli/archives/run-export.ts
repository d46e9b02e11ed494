// `weir export whisper`, from the data directory of a server that does not run.
import { WeirError, systemClock } from '../../base/index.ts';
import { fedLadders } from '../../catalog/index.ts';
import { openTierReads, ruleFor } from '../../ladder/index.ts';
import { exportWhisper } from '../../migrate/index.ts';
import type { CommandIo } from '../command-io.ts';
import { loadSettings } from '../load-settings.ts';
import { withOfflineEngine } from '../offline-engine.ts';
import { tellFileFaults } from './file-faults.ts';
import { findLadder } from './placed-ladder.ts';

/** As commander names them, with those of `weir export`. */
export interface WhisperExportFlags {
  readonly database?: string;
  readonly measurement?: string;
  readonly dataDir?: string;
  readonly ladder?: string;
  /** Of `weir export`; nothing here. */
  readonly retention?: string;
  readonly start?: string;
  readonly end?: string;
  readonly aggregation: string;
  readonly xff: string;
}

const AGGREGATIONS = ['average', 'sum', 'min', 'max', 'last'] as const;

export async function runWhisperExport(dir: string, flags: WhisperExportFlags, io: CommandIo): Promise<void> {
  const { database } = flags;
  if (database === undefined) throw new WeirError('invalid', '--database is needed');
  if ((flags.retention ?? flags.start ?? flags.end) !== undefined) {
    throw new WeirError(
      'invalid',
      'Whisper files hold all steps and times: --retention, --start and --end cannot be given',
    );
  }
  const aggregation = AGGREGATIONS.find((each) => each === flags.aggregation);
  if (aggregation === undefined) {
    throw new WeirError(
      'invalid',
      `--aggregation: expected one of ${AGGREGATIONS.join(', ')}, got ${flags.aggregation}`,
    );
  }
  const xff = flags.xff.trim() === '' ? NaN : Number(flags.xff);
  if (!(xff >= 0 && xff <= 1)) throw new WeirError('invalid', `--xff: expected a share from 0 to 1, got ${flags.xff}`);
  const given: Record<string, string> = flags.dataDir === undefined ? {} : { '--data-dir': flags.dataDir };
  const { settings } = await loadSettings({ flags: given, environment: io.environment, file: null });
  const report = await withOfflineEngine(settings, io, async ({ catalog, view, ladders }) => {
    const placed = findLadder(catalog, database, flags.ladder);
    if (placed === undefined)
      throw new WeirError('not found', `${database} has no ladder${flags.ladder ? ` ${flags.ladder}` : ''}`);
    const reads = openTierReads({ view, ladders, placed: () => fedLadders(catalog), clock: systemClock });
    const options = {
      placed,
      openTier: (policy: string) => reads.openTier(database, policy, false),
      openBase: () => view.snapshot(placed.base.id),
      ruleOf: (measurement: string) => ruleFor(placed, measurement),
      aggregation,
      xff,
      dir,
      measurement: flags.measurement ?? null,
    };
    return tellFileFaults(() => exportWhisper(options));
  });
  io.stdout.write(`${report.files} files, ${report.values} values\n`);
  for (const step of report.leftOut) io.stdout.write(`a step is left out, which Whisper does not take: ${step}\n`);
}
