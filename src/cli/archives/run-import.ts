// `weir import rrd` and `weir import whisper`, into the data directory of a server that does not run.
import { WeirError, systemClock } from '../../base/index.ts';
import { printLadderText } from '../../influxql/index.ts';
import { type LadderText, type PlacedLadder, readLadder } from '../../ladder/index.ts';
import {
  type ArchiveFile,
  type ArchiveReport,
  type ArchiveSource,
  NameCheck,
  type NameOf,
  collectdName,
  importArchives,
  namesByTemplate,
  readRrd,
  readWhisper,
  stepsOf,
} from '../../migrate/index.ts';
import type { CommandIo } from '../command-io.ts';
import type { OpenEngine } from '../engine.ts';
import { loadSettings } from '../load-settings.ts';
import { withOfflineEngine } from '../offline-engine.ts';
import { tellFileFaults } from './file-faults.ts';
import { findFiles } from './find-files.ts';
import { findLadder } from './placed-ladder.ts';

/** As commander names them. */
export interface ArchiveImportFlags {
  readonly database: string;
  readonly ladder?: string;
  readonly template: readonly string[];
  readonly separator: string;
  readonly root?: string;
  readonly layout?: string;
  readonly dataDir?: string;
  readonly config?: string;
}

/** Of a ladder that nobody named. */
const LADDER = 'imported';

/** Prints what was imported. What is wrong with any file comes to light before anything is stored. */
export async function runArchiveImport(
  kind: 'rrd' | 'wsp',
  named: readonly string[],
  flags: ArchiveImportFlags,
  io: CommandIo,
): Promise<void> {
  const nameOf = namesOf(flags);
  const sources = await tellFileFaults(() => findFiles(named, `.${kind}`, flags.root));
  const readFile = kind === 'rrd' ? readRrd : readWhisper;
  const read = (path: string): Promise<ArchiveFile> => tellFileFaults(() => readFile(path));
  const given: Record<string, string> = flags.dataDir === undefined ? {} : { '--data-dir': flags.dataDir };
  const { settings } = await loadSettings({ flags: given, environment: io.environment, file: flags.config ?? null });
  const report = await withOfflineEngine(settings, io, (engine) => runOn(engine, { sources, read, nameOf, flags }));
  io.stdout.write(`${reportText(report)}\n`);
}

function namesOf({ layout, template, separator }: ArchiveImportFlags): NameOf {
  if (layout === undefined) return namesByTemplate(template, separator);
  if (layout !== 'collectd') throw new WeirError('invalid', `--layout: expected collectd, got ${layout}`);
  if (template.length > 0) throw new WeirError('invalid', '--layout and --template exclude one another');
  return collectdName;
}

interface Work {
  readonly sources: readonly ArchiveSource[];
  readonly read: (path: string) => Promise<ArchiveFile>;
  readonly nameOf: NameOf;
  readonly flags: ArchiveImportFlags;
}

async function runOn(engine: OpenEngine, { sources, read, nameOf, flags }: Work): Promise<ArchiveReport> {
  const { catalog, ladders, view } = engine;
  const names = new NameCheck(nameOf);
  const heads: ArchiveFile[] = [];
  for (const source of sources) {
    const file = await read(source.path);
    names.add(source, file);
    heads.push(withoutValues(file));
  }
  const present = findLadder(catalog, flags.database, flags.ladder);
  const placed = present ?? (await makeLadder(engine, heads, flags));
  ladders.attach(view);
  try {
    // From here on it hears what is written, so that a server has nothing to compute anew but what is marked.
    await ladders.refresh();
    const settle = async (): Promise<void> => {
      await ladders.settle();
      await ladders.checkpoint();
    };
    return await importArchives(sources, read, nameOf, { view, placed, nowNs: systemClock.nowNs(), settle });
  } finally {
    await ladders.close();
  }
}

/** Of the steps of all files. */
async function makeLadder(
  { catalog }: OpenEngine,
  heads: readonly ArchiveFile[],
  flags: ArchiveImportFlags,
): Promise<PlacedLadder> {
  const rule = { measurements: { kind: 'all' as const }, names: [], states: [], gapShare: 0, timeZone: '' };
  const definition: LadderText = { rules: [{ ...rule, steps: stepsOf(heads) }], latenessNs: null };
  const name = flags.ladder ?? LADDER;
  const spec = readLadder(name, definition);
  if (catalog.database(flags.database) === undefined) await catalog.createDatabase(flags.database);
  await catalog.createLadder(flags.database, spec, printLadderText(definition));
  const placed = findLadder(catalog, flags.database, name);
  if (placed === undefined) throw new WeirError('not found', `ladder not found: ${name}`);
  return placed;
}

function withoutValues(file: ArchiveFile): ArchiveFile {
  const none = new Float64Array(0);
  const fields = file.fields.map(({ name, archives }) => ({
    name,
    archives: archives.map((archive) => ({
      ...archive,
      starts: none,
      values: none,
      minima: none,
      maxima: none,
      lasts: none,
    })),
  }));
  return { ...file, fields };
}

function reportText(report: ArchiveReport): string {
  const lines = [
    `${report.files} files, ${report.series} series: ${report.points} points and ${report.windows} windows; how many points were ` +
      'behind a window is assumed from its length',
  ];
  if (report.expired > 0)
    lines.push(`${report.expired} values are older than what their tier keeps, and were left out`);
  if (report.misplaced > 0) lines.push(`${report.misplaced} values stand where none can be, and were left out`);
  if (report.refused > 0) lines.push(`${report.refused} values were refused: ${report.firstRefusal}`);
  return lines.join('\n');
}
