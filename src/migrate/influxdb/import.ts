// The import of an InfluxDB 1.x directory: plan, then shard by shard a survey and, when that has found nothing damaged, the
// points. Writing a point twice changes nothing, so that an import that was broken off is simply started again.
import { type Clock, WeirError, isWeirError, messageOf } from '../../base/index.ts';
import { SeriesTable } from '../../model/index.ts';
import { type InfluxDirectories, metaPath } from './directory.ts';
import { type ImportPlan, type ImportSelection, type ShardTask, planImport } from './import-plan.ts';
import { type ImportReport, type PolicyReport, tallyRemarks } from './import-report.ts';
import type { ImportTarget, PointSink } from './import-target.ts';
import { readMeta } from './meta/meta-file.ts';
import { type ShardTally, newTally, readShard } from './shard/read-shard.ts';
import { type ShardSurvey, surveyShard } from './shard/survey.ts';
import { Writes } from './writes.ts';

/** So many batches may be on their way to the target while the next one is read. */
const WRITES_UNDER_WAY = 2;

export interface ImportOptions extends ImportSelection {
  readonly directories: InfluxDirectories;
  /** null = a dry run: everything is read and checked, nothing written. */
  readonly target: ImportTarget | null;
  readonly clock: Clock;
  /** Import what is left of damaged shards; else they are left out as a whole. */
  readonly skipDamaged: boolean;
  readonly onProgress: (progress: ImportProgress) => void;
}

export interface ImportProgress {
  /** Bytes of files: each counts twice, when it is checked and when it is imported (once in a dry run). */
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** Values imported so far. */
  readonly values: number;
  readonly elapsedMs: number;
}

/**
 * Rejects with `not found` or `corrupt` when meta.db cannot be read or does not have what was asked for, with `unavailable` when
 * another file cannot be read, and with what the target refuses with.
 */
export async function importInfluxdb(options: ImportOptions): Promise<ImportReport> {
  try {
    return await runImport(options);
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    const hint = 'code' in error && error.code === 'ENOENT' ? ' (is InfluxDB still running?)' : '';
    throw new WeirError('unavailable', `${error.message}${hint}`, error);
  }
}

async function runImport(options: ImportOptions): Promise<ImportReport> {
  const meta = await readMeta(metaPath(options.directories));
  const plan = await planImport(options.directories, meta, options, options.clock.nowNs());
  const remarks = [...plan.remarks];
  if (options.target !== null) remarks.push(...(await options.target.importMeta(plan.meta)));
  const run = new ImportRun(options, plan, remarks);
  for (const task of plan.shards) await run.importShard(task);
  return run.report();
}

class ImportRun {
  readonly #options: ImportOptions;
  readonly #totalBytes: number;
  readonly #policies = new Map<string, { readonly report: PolicyReport; readonly series: SeriesTable }>();
  readonly #remarks: string[];
  readonly #damage: string[] = [];
  readonly #startedAtMs = performance.now();
  #doneBytes = 0;
  #values = 0;

  constructor(options: ImportOptions, plan: ImportPlan, remarks: string[]) {
    this.#options = options;
    this.#totalBytes = plan.sizeBytes * (options.target === null ? 1 : 2);
    this.#remarks = remarks;
    for (const { name: database, policies } of plan.meta.databases) {
      for (const { name: policy } of policies) {
        const report = { database, policy, shards: 0, series: 0, values: 0, sizeBytes: 0 };
        this.#policies.set(`${database}/${policy}`, { report, series: new SeriesTable() });
      }
    }
  }

  async importShard(task: ShardTask): Promise<void> {
    const { target, skipDamaged } = this.#options;
    const path = `${task.database}/${task.policy}/${task.id}`;
    const policy = this.#policies.get(`${task.database}/${task.policy}`);
    if (policy === undefined) return;
    const startBytes = this.#doneBytes;
    const survey = await surveyShard(task.files, policy.series, (count) => this.#advance(count));
    this.#doneBytes = startBytes + task.sizeBytes;
    this.#damage.push(...survey.damage);
    this.#remarks.push(...survey.torn.map((each) => `torn end of a WAL segment, as influxd does: ${each}`));
    policy.report.shards++;
    policy.report.sizeBytes += task.sizeBytes;
    policy.report.series = policy.series.count;
    if (target === null) policy.report.values += survey.valueCount;
    else if (survey.damage.length === 0 || skipDamaged) {
      await this.#importPoints(path, survey, target.openPolicy(task.database, task.policy), policy.report);
      this.#doneBytes = startBytes + 2 * task.sizeBytes;
    } else {
      policy.report.shards--;
      this.#damage.push(`shard ${path} is not imported; --skip-damaged imports what is left of it`);
      this.#doneBytes = startBytes + 2 * task.sizeBytes;
    }
  }

  report(): ImportReport {
    const policies = [...this.#policies.values()].map(({ report }) => report);
    return { policies, remarks: this.#remarks, damage: this.#damage };
  }

  async #importPoints(path: string, survey: ShardSurvey, sink: PointSink, report: PolicyReport): Promise<void> {
    const tally = newTally();
    const writes = new Writes(sink);
    try {
      await this.#pump(survey, sink, writes, tally, report);
    } catch (error) {
      // The survey has passed it, so this is damage that has a right checksum. What came before it is stored.
      if (!isWeirError(error, 'corrupt')) throw error;
      this.#damage.push(`${messageOf(error)}; shard ${path} is imported up to there only`);
    }
    await writes.settle(0);
    this.#remarks.push(...tallyRemarks(path, tally, writes.refused));
  }

  async #pump(
    survey: ShardSurvey,
    sink: PointSink,
    writes: Writes,
    tally: ShardTally,
    report: PolicyReport,
  ): Promise<void> {
    let readBytes = 0;
    for await (const { batch, valueCount, isOverwriting } of readShard(
      survey,
      this.#options.range,
      sink.series,
      tally,
    )) {
      await writes.settle(isOverwriting ? 0 : WRITES_UNDER_WAY - 1);
      writes.start(batch);
      report.values += valueCount;
      this.#values += valueCount;
      this.#advance(tally.readBytes - readBytes);
      readBytes = tally.readBytes;
    }
  }

  #advance(bytes: number): void {
    this.#doneBytes += bytes;
    const { onProgress } = this.#options;
    const elapsedMs = performance.now() - this.#startedAtMs;
    onProgress({ doneBytes: this.#doneBytes, totalBytes: this.#totalBytes, values: this.#values, elapsedMs });
  }
}
