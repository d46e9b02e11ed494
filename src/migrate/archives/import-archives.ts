// Brings files of archives into a database with a ladder: each archive into the tier of its step, the finest one's values as
// points of the base.
//
//     1  every file is read and checked, named (by whoever makes the ladder: `NameCheck`), and given its places; whatever is
//        wrong ends it here, with nothing written
//     2  the windows are written, coarse to fine; the ladder computes coarser windows anew where finer ones have come
//     3  windows that begin before the finer archive does are written again: of one that the finer archive covers but in part,
//        the ladder had computed that part, and so it may have from points that were there
//
// A file does not say how many points a window stood for: it is taken for full, as many as steps of the base fit in. Where only
// a mean is known it is the minimum and the maximum too.
import { WeirError, isWeirError, messageOf } from '../../base/index.ts';
import { type PathMeaning, linePrefix } from '../../ingest/index.ts';
import {
  type ForeignWindow,
  type PlacedLadder,
  levelOf,
  parentOf,
  writePoints,
  writeStates,
} from '../../ladder/index.ts';
import { parseLineProtocol } from '../../line-protocol/index.ts';
import { MAX_TIME_NS, SECOND } from '../../model/index.ts';
import type { ViewDoor } from '../../view/index.ts';
import type { Archive, ArchiveFile } from './archive-file.ts';
import type { NameOf } from './archive-names.ts';

/** Told for each file before anything is written, and read again when its turn has come. */
export interface ArchiveSource {
  /** To be opened by. */
  readonly path: string;
  /** To be named by. */
  readonly name: string;
}

export interface ArchiveTarget {
  readonly view: ViewDoor;
  readonly placed: PlacedLadder;
  readonly nowNs: bigint;
  /** Resolves once every tier has what is computed from others. */
  readonly settle: () => Promise<void>;
}

export interface ArchiveReport {
  files: number;
  series: number;
  /** Values that became points of the base. */
  points: number;
  /** Values that became windows of tiers. */
  windows: number;
  /** Values older than what their tier keeps. */
  expired: number;
  misplaced: number;
  /** Rows that were refused, and why the first was. */
  refused: number;
  firstRefusal: string;
}

interface Level {
  readonly archive: Archive;
  readonly windows: readonly ForeignWindow[];
  readonly place: NonNullable<ReturnType<typeof levelOf>>;
}

/** Rejects with `corrupt` for a bad file and `invalid` for one that does not fit, before anything is written. Names are checked. */
export async function importArchives(
  sources: readonly ArchiveSource[],
  read: (path: string) => Promise<ArchiveFile>,
  nameOf: NameOf,
  target: ArchiveTarget,
): Promise<ArchiveReport> {
  for (const source of sources) checkSteps(source, await read(source.path), nameOf, target);
  const report = newReport(sources.length);
  await eachSeries(sources, { read, nameOf, target, report }, (writer, levels) => writer.write(levels));
  await target.settle();
  const again = { read, nameOf, target, report: newReport(0) };
  await eachSeries(sources, again, (writer, levels) => writer.writeOlder(levels));
  await target.settle();
  report.refused += again.report.refused;
  return report;
}

function newReport(files: number): ArchiveReport {
  return { files, series: 0, points: 0, windows: 0, expired: 0, misplaced: 0, refused: 0, firstRefusal: '' };
}

interface Reading {
  readonly read: (path: string) => Promise<ArchiveFile>;
  readonly nameOf: NameOf;
  readonly target: ArchiveTarget;
  readonly report: ArchiveReport;
}

async function eachSeries(
  sources: readonly ArchiveSource[],
  { read, nameOf, target, report }: Reading,
  work: (writer: SeriesWriter, levels: readonly Level[]) => Promise<void>,
): Promise<void> {
  for (const source of sources) {
    const file = await read(source.path);
    report.misplaced += file.misplaced;
    for (const { name, archives } of file.fields) {
      const meaning = nameOf(source.name, name);
      const levels = archives.map((archive) => toLevel(file, archive, meaning, target, report));
      await work(new SeriesWriter(target, meaning, report), levels).catch((error: unknown) => {
        throw stoppedAt(source, error);
      });
      report.series++;
    }
  }
}

/** Some of what was imported is there: the same import again writes over it. */
function stoppedAt({ path }: ArchiveSource, error: unknown): WeirError {
  const text = `the import stopped at ${path}: ${messageOf(error)}. Files before it are imported; run it again for all of them`;
  return new WeirError(isWeirError(error) ? error.code : 'unavailable', text, error);
}

/** Throws `invalid` for names that no series can have, and for two sources that would be one. To be called file by file. */
export class NameCheck {
  readonly #nameOf: NameOf;
  /** Beginning of its lines -> whose they are. */
  readonly #taken = new Map<string, string>();

  constructor(nameOf: NameOf) {
    this.#nameOf = nameOf;
  }

  add({ path, name }: ArchiveSource, file: ArchiveFile): void {
    for (const field of file.fields) {
      const source = field.name === '' ? path : `${path} (${field.name})`;
      const prefix = prefixIn(path, this.#nameOf(name, field.name));
      const other = this.#taken.get(prefix);
      if (other !== undefined)
        throw new WeirError('invalid', `${other} and ${source} would both be ${prefix.slice(0, -1)}`);
      this.#taken.set(prefix, source);
    }
  }
}

function prefixIn(path: string, meaning: PathMeaning): string {
  try {
    return prefixOf(meaning);
  } catch (error) {
    throw new WeirError('invalid', `${path}: ${messageOf(error)}`);
  }
}

function checkSteps(source: ArchiveSource, file: ArchiveFile, nameOf: NameOf, { placed }: ArchiveTarget): void {
  for (const { name, archives } of file.fields) {
    const { measurement } = nameOf(source.name, name);
    for (const { step } of archives) {
      if (levelOf(placed, measurement, BigInt(step) * SECOND) !== undefined) continue;
      throw new WeirError(
        'invalid',
        `${source.path}: ladder "${placed.ladder.name}" of ${placed.database} has no step of ${step} s for ` +
          `measurement "${measurement}"`,
      );
    }
  }
}

function toLevel(
  file: ArchiveFile,
  archive: Archive,
  { measurement }: PathMeaning,
  { placed, nowNs }: ArchiveTarget,
  report: ArchiveReport,
): Level {
  const stepNs = BigInt(archive.step) * SECOND;
  const place = levelOf(placed, measurement, stepNs);
  if (place === undefined)
    throw new WeirError('conflict', `the ladder has changed: no step of ${archive.step} s any more`);
  const { durationNs } = place.tier === 'base' ? placed.base : place.tier.bucket;
  const count = Math.max(1, Math.round(Number(stepNs) / Number(place.rule.baseStepNs)));
  const windows: ForeignWindow[] = [];
  for (let row = 0; row < archive.starts.length; row++) {
    const startNs = BigInt(archive.starts[row]) * SECOND;
    if (durationNs !== 0n && startNs < nowNs - durationNs) report.expired++;
    else windows.push(windowOf(archive, row, { startNs, count, isSum: file.value === 'sum' }));
  }
  return { archive, windows, place };
}

function windowOf(
  { values, minima, maxima, lasts }: Archive,
  row: number,
  { startNs, count, isSum }: { readonly startNs: bigint; readonly count: number; readonly isSum: boolean },
): ForeignWindow {
  const mean = isSum ? values[row] / count : values[row];
  const known = (value: number): number => (Number.isFinite(value) ? value : mean);
  return {
    startNs,
    count,
    sum: isSum ? values[row] : mean * count,
    min: known(minima[row]),
    max: known(maxima[row]),
    last: Number.isFinite(lasts[row]) ? lasts[row] : undefined,
  };
}

/** One field of one series. */
class SeriesWriter {
  readonly #target: ArchiveTarget;
  readonly #meaning: PathMeaning;
  readonly #report: ArchiveReport;

  constructor(target: ArchiveTarget, meaning: PathMeaning, report: ArchiveReport) {
    this.#target = target;
    this.#meaning = meaning;
    this.#report = report;
  }

  async write(levels: readonly Level[]): Promise<void> {
    for (const level of levels.toReversed()) {
      await this.#writeLevel(level);
      if (level.place.tier === 'base') this.#report.points += level.windows.length;
      else this.#report.windows += level.windows.length;
    }
  }

  async writeOlder(levels: readonly Level[]): Promise<void> {
    for (const level of levels.toReversed()) await this.#writeLevel(olderPart(level, levels));
  }

  async #writeLevel({ windows, place, archive }: Level): Promise<void> {
    const { view, placed } = this.#target;
    const { measurement, field } = this.#meaning;
    const { rule, tier } = place;
    const series = { view, rule, measurement, field, seriesId: seriesIdOf(this.#meaning, view, placed) };
    const refused =
      tier === 'base'
        ? await writePoints(series, { base: lasting(placed), stepNs: BigInt(archive.step) * SECOND }, windows)
        : await writeStates({ ...series, tier }, windows);
    for (const { count, reason } of refused) {
      this.#report.refused += count;
      if (this.#report.firstRefusal === '') this.#report.firstRefusal = reason;
    }
  }
}

/** What is past its period by the time that it is written is no late point. */
function lasting({ base }: PlacedLadder): PlacedLadder['base'] {
  return { ...base, durationNs: 0n, late: undefined };
}

/** The windows that begin before the archive that they would be computed from. */
function olderPart(level: Level, levels: readonly Level[]): Level {
  const { rule, tier } = level.place;
  const parent = tier === 'base' ? undefined : (parentOf(rule, rule.tiers.indexOf(tier)) ?? 'base');
  const finer = levels.find(({ place }) => place.tier === parent);
  if (finer === undefined) return { ...level, windows: [] };
  const oldestNs = finer.windows[0]?.startNs ?? MAX_TIME_NS;
  return { ...level, windows: level.windows.filter(({ startNs }) => startNs < oldestNs) };
}

function seriesIdOf(meaning: PathMeaning, view: ViewDoor, { base }: PlacedLadder): number {
  const line = Buffer.from(`${prefixOf(meaning)}0 0`);
  const series = view.seriesTable(base.id);
  const { batch } = parseLineProtocol(line, { series, precision: 's', defaultTimeNs: 0n, unsigned: true });
  return batch.tables[0].seriesIds[0];
}

/** Throws `invalid` for names that no series can have. */
function prefixOf({ measurement, tags, field }: PathMeaning): string {
  return linePrefix(measurement, tags, field);
}
