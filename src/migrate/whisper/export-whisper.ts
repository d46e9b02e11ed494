// A database with a ladder as Whisper files: one for each field of each series, an archive for each of its steps.
//
//     DIR/measurement/tag values in the order of their keys/field.wsp        "value" is left out: DIR/…/last value.wsp
//
// Whisper takes only steps that divide one another: of a ladder with 2m and 5m the first is kept. Archives reach as far back as
// there is data.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WeirError } from '../../base/index.ts';
import { type PlacedLadder, type StateName, stateColumn } from '../../ladder/index.ts';
import { ALL_TIME, type LadderRule, SECOND, chunkTime, isNumeric } from '../../model/index.ts';
import { type Snapshot, type TableSnapshot, openTableReader } from '../../view/index.ts';
import type { Aggregation } from './whisper-format.ts';
import { type WhisperArchive, encodeWhisper } from './write-whisper.ts';

export type ExportedAggregation = Extract<Aggregation, 'average' | 'sum' | 'min' | 'max' | 'last'>;

export interface WhisperExport {
  readonly placed: PlacedLadder;
  /** A snapshot of a policy's states, with each number under its field's name as its mean. */
  readonly openTier: (policy: string) => Snapshot | undefined;
  readonly openBase: () => Snapshot;
  readonly ruleOf: (measurement: string) => LadderRule | undefined;
  readonly aggregation: ExportedAggregation;
  /** The share that Whisper will want to be known of what comes later. */
  readonly xff: number;
  readonly dir: string;
  /** null = all. */
  readonly measurement: string | null;
}

export interface WhisperExportReport {
  files: number;
  values: number;
  /** Steps that Whisper does not take, as `5m of 2m`. */
  readonly leftOut: Set<string>;
}

/** Beyond this an archive is no longer what somebody wants as one file. */
const MAX_POINTS = 50_000_000;

interface Values {
  readonly starts: number[];
  readonly values: number[];
}

/** Rejects with `conflict` when two series would be the same file, before any is written. */
export async function exportWhisper(options: WhisperExport): Promise<WhisperExportReport> {
  const report: WhisperExportReport = { files: 0, values: 0, leftOut: new Set() };
  const base = options.openBase();
  try {
    const files = filesOf(base, options);
    for (const [path, { measurement, seriesId, field }] of files) {
      const archives = archivesOf(base, { measurement, seriesId, field }, options, report);
      if (archives.every(({ starts }) => starts.length === 0)) continue;
      const whole = join(options.dir, path);
      await mkdir(dirname(whole), { recursive: true });
      await writeWhole(whole, encodeWhisper(options.aggregation, options.xff, archives));
      report.files++;
      report.values += archives.reduce((sum, { starts }) => sum + starts.length, 0);
    }
  } finally {
    base.release();
  }
  return report;
}

/** Leaves nothing of a file that is not whole. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.part`;
  try {
    await writeFile(draft, bytes);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

interface SeriesField {
  readonly measurement: string;
  readonly seriesId: number;
  readonly field: string;
}

function filesOf(base: Snapshot, options: WhisperExport): ReadonlyMap<string, SeriesField> {
  const files = new Map<string, SeriesField>();
  const snapshots = [
    base,
    ...options.placed.ladder.rules.flatMap(({ tiers }) => tiers.map(({ policy }) => policy)).map(options.openTier),
  ];
  try {
    for (const snapshot of snapshots) {
      for (const measurement of snapshot?.measurements() ?? []) {
        if (options.measurement !== null && options.measurement !== measurement) continue;
        for (const [field, type] of snapshot?.fields(measurement) ?? []) {
          if (!isNumeric(type)) continue;
          for (const seriesId of snapshot?.series(measurement) ?? [])
            addFile(files, base, { measurement, seriesId, field });
        }
      }
    }
  } finally {
    for (const snapshot of snapshots.slice(1)) snapshot?.release();
  }
  return files;
}

function addFile(files: Map<string, SeriesField>, base: Snapshot, own: SeriesField): void {
  const tags = base.tags(own.seriesId).map(({ value }) => value);
  const parts = [own.measurement, ...tags, ...(own.field === 'value' ? [] : [own.field])];
  // A dot would be a directory to Graphite.
  const path = `${parts.map((part) => part.replace(/[^\w:+-]/g, '_')).join('/')}.wsp`;
  const other = files.get(path);
  if (other !== undefined && (other.seriesId !== own.seriesId || other.field !== own.field)) {
    const [a, b] = [other, own].map(({ seriesId, field }) => `${base.seriesKey(seriesId)} ${field}`);
    throw new WeirError('conflict', `${a} and ${b} would both be ${path}`);
  }
  files.set(path, own);
}

function archivesOf(
  base: Snapshot,
  own: SeriesField,
  options: WhisperExport,
  report: WhisperExportReport,
): readonly WhisperArchive[] {
  const rule = options.ruleOf(own.measurement);
  if (rule === undefined) return [];
  const baseStep = Number(rule.baseStepNs / SECOND);
  if (baseStep < 1)
    throw new WeirError('invalid', `Whisper's steps are whole seconds: the base has ${rule.baseStepNs} ns`);
  const levels: { readonly step: number; readonly found: Values }[] = [
    { step: baseStep, found: consolidated(readValues(base, own, own.field), baseStep, options.aggregation) },
  ];
  for (const { policy, stepNs } of rule.tiers) {
    const step = Number(stepNs / SECOND);
    const finer = levels[levels.length - 1].step;
    if (step % finer !== 0) {
      report.leftOut.add(`${step} s, no multiple of ${finer} s`);
      continue;
    }
    const snapshot = options.openTier(policy);
    if (snapshot === undefined) continue;
    try {
      levels.push({ step, found: readValues(snapshot, own, columnOf(own.field, options.aggregation)) });
    } finally {
      snapshot.release();
    }
  }
  return withPoints(levels, options.placed);
}

/** Each archive must reach further back than the one before it, and have a window of the next at least. */
function withPoints(
  levels: readonly { readonly step: number; readonly found: Values }[],
  { database }: PlacedLadder,
): readonly WhisperArchive[] {
  let reach = 0;
  const newest = Math.max(...levels.map(({ found, step }) => (found.starts.at(-1) ?? 0) + step));
  return levels.map(({ step, found }, at) => {
    const next = levels[at + 1]?.step ?? step;
    const extent = found.starts.length === 0 ? 0 : newest - found.starts[0];
    const points = Math.ceil(Math.max(extent, next, reach + step) / step) + 1;
    if (points > MAX_POINTS)
      throw new WeirError('invalid', `${database}: an archive of ${step} s would have ${points} points`);
    reach = points * step;
    return { step, points, starts: found.starts, values: found.values };
  });
}

function columnOf(field: string, aggregation: ExportedAggregation): string {
  return aggregation === 'average' ? field : stateColumn(field, aggregation satisfies StateName);
}

function readValues(snapshot: Snapshot, { measurement, seriesId }: SeriesField, column: string): Values {
  const found: Values = { starts: [], values: [] };
  const tables = snapshot.tables(measurement, ALL_TIME).filter((table: TableSnapshot) => table.fields.has(column));
  for (const table of tables) {
    const reader = openTableReader(table);
    try {
      for (const chunk of reader.read(seriesId, [column], ALL_TIME)) {
        const [values] = chunk.columns;
        if (values === null || values.type === 'string') continue;
        for (let row = 0; row < chunk.rowCount; row++) {
          if (values.valid !== null && values.valid[row] === 0) continue;
          found.starts.push(Number(chunkTime(chunk, row) / SECOND));
          found.values.push(Number(values.values[row]));
        }
      }
    } finally {
      reader.close();
    }
  }
  return found;
}

/** Points within one step become one value. */
function consolidated({ starts, values }: Values, step: number, aggregation: ExportedAggregation): Values {
  const found: Values = { starts: [], values: [] };
  for (let from = 0; from < starts.length; ) {
    const start = Math.floor(starts[from] / step) * step;
    let to = from + 1;
    while (to < starts.length && starts[to] < start + step) to++;
    found.starts.push(start);
    found.values.push(aggregated(values.slice(from, to), aggregation));
    from = to;
  }
  return found;
}

function aggregated(values: readonly number[], aggregation: ExportedAggregation): number {
  const sum = values.reduce((total, value) => total + value, 0);
  switch (aggregation) {
    case 'average':
      return sum / values.length;
    case 'sum':
      return sum;
    case 'min':
      return values.reduce((a, b) => Math.min(a, b));
    case 'max':
      return values.reduce((a, b) => Math.max(a, b));
    case 'last':
      return values[values.length - 1];
  }
}
