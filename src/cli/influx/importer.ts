// `-import`: a file as `influx_inspect export` and `weir export` write it.
//
//     # DDL
//     CREATE DATABASE metrics WITH NAME autogen      each line is run as a query
//     # DML
//     # CONTEXT-DATABASE: metrics                    where the points that follow belong
//     # CONTEXT-RETENTION-POLICY: autogen
//     cpu,host=a usage=0.5 1500000000000000000
//     # CONTEXT-STORED:states                        until the next policy: the part of it that the points are
//
// What fails is reported with its cause and counted, and the import goes on.
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { WeirError, messageOf } from '../../base/index.ts';
import { formatGoDuration } from '../../model/index.ts';
import { firstError } from './answer.ts';
import type { InfluxClient, RequestParameters } from './influx-client.ts';
import { PointLines } from './point-lines.ts';
import { readLines } from './read-lines.ts';
import type { TextOutput } from './text-output.ts';

const BATCH_POINTS = 5000;
/** Servers take 25 MB. */
const BATCH_CHARACTERS = 8 * 1024 * 1024;
const PROGRESS_POINTS = 100_000;

/**
 * Stands before the name of a tier where lines are its windows. No policy is named so, for those who know no windows; InfluxDB's
 * own shell reads a name up to its first colon.
 */
export const STATES_PREFIX = 'states of ';

export interface ImportOptions {
  /** `-` = standard input. */
  readonly path: string;
  readonly compressed: boolean;
  /** Points per second; 0 = as many as the server takes. */
  readonly pps: number;
  /** Of the timestamps; empty = ns. */
  readonly precision: string;
  readonly consistency: string;
  readonly output: TextOutput;
  readonly errors: TextOutput;
}

export interface ImportReport {
  readonly failedCommands: number;
  /** Points of batches that were not stored, or not all of them. */
  readonly failedInserts: number;
}

/** Rejects with `invalid` when the file cannot be read to its end. */
export async function importFile(client: InfluxClient, options: ImportOptions): Promise<ImportReport> {
  if (options.path === '') throw new WeirError('invalid', 'file argument required');
  const importer = new Importer(client, options);
  try {
    for await (const line of readLines(openFile(options))) await importer.line(line);
  } catch (error) {
    throw new WeirError('invalid', `reading ${options.path}: ${messageOf(error)}`, error);
  } finally {
    await importer.end();
  }
  return importer.report;
}

/** How InfluxDB's shell puts it; null = all points are in. */
export function importFailure({ failedInserts }: ImportReport): string | null {
  if (failedInserts === 0) return null;
  return `ERROR: ${failedInserts} point${failedInserts > 1 ? 's were' : ' was'} not inserted`;
}

class Importer {
  readonly #client: InfluxClient;
  readonly #options: ImportOptions;
  readonly #points = new PointLines();
  readonly #startedMs = performance.now();
  #lastWriteMs = performance.now();
  #isData = false;
  #database = '';
  #policy = '';
  /** Empty = points that come as ever. */
  #stored = '';
  #batch: string[] = [];
  #batchCharacters = 0;
  #sending: Promise<void> = Promise.resolve();
  #commands = 0;
  #failedCommands = 0;
  #inserts = 0;
  #failedInserts = 0;

  constructor(client: InfluxClient, options: ImportOptions) {
    this.#client = client;
    this.#options = options;
  }

  get report(): ImportReport {
    return { failedCommands: this.#failedCommands, failedInserts: this.#failedInserts };
  }

  async line(line: string): Promise<void> {
    if (this.#points.isWithinString) return this.#addPoint(line);
    if (!this.#isData && line.startsWith('# DML')) this.#isData = true;
    else if (line.startsWith('#')) await this.#comment(line);
    else if (line.trim() === '') return;
    else if (this.#isData) await this.#addPoint(line);
    else await this.#command(line);
  }

  async end(): Promise<void> {
    const open = this.#points.rest();
    if (open !== null) this.#batch.push(open);
    await this.#write();
    await this.#sending;
    if (this.#inserts + this.#failedInserts === 0) return;
    await this.#log(`Processed ${this.#commands} commands`);
    await this.#log(`Processed ${this.#inserts} inserts`);
    await this.#log(`Failed ${this.#failedInserts} inserts`);
  }

  async #comment(line: string): Promise<void> {
    const match = /^# CONTEXT-(DATABASE|RETENTION-POLICY|STORED):(.*)$/.exec(line);
    if (match === null || !this.#isData) return;
    await this.#write();
    const name = match[2].trim();
    this.#stored = match[1] === 'STORED' ? name : '';
    if (match[1] === 'DATABASE') this.#database = name;
    else if (match[1] === 'RETENTION-POLICY') this.#policy = name;
    else if (name === 'states' && this.#policy.startsWith(STATES_PREFIX))
      this.#policy = this.#policy.slice(STATES_PREFIX.length);
  }

  async #command(line: string): Promise<void> {
    this.#commands++;
    try {
      for await (const document of this.#client.query(line, { db: '' })) {
        const error = firstError(document);
        if (error !== null) throw new WeirError('invalid', error);
      }
    } catch (error) {
      this.#failedCommands++;
      await this.#logError(`error: ${messageOf(error)}`);
    }
  }

  async #addPoint(line: string): Promise<void> {
    const point = this.#points.add(line);
    if (point === null) return;
    this.#batch.push(point);
    this.#batchCharacters += point.length;
    if (this.#batch.length >= BATCH_POINTS || this.#batchCharacters >= BATCH_CHARACTERS) await this.#write();
  }

  /** Sends the batch once the one before it has been answered; what follows is read meanwhile. */
  async #write(): Promise<void> {
    const points = this.#batch;
    if (points.length === 0) return;
    this.#batch = [];
    this.#batchCharacters = 0;
    await this.#sending;
    await this.#throttle(points.length);
    this.#sending = this.#send(points);
  }

  /** Never rejects. */
  async #send(points: readonly string[]): Promise<void> {
    const text = points.join('\n');
    const { precision, consistency } = this.#options;
    try {
      const stored: RequestParameters = this.#stored === '' ? {} : { stored: this.#stored };
      await this.#client.write(text, { ...stored, db: this.#database, rp: this.#policy, precision, consistency });
      this.#inserts += points.length;
    } catch (error) {
      this.#failedInserts += points.length;
      await this.#logError(`error writing batch:  ${messageOf(error).trimEnd()}`);
      await this.#logError(text);
    }
    this.#lastWriteMs = performance.now();
    await this.#progress(points.length);
  }

  /** Waits until the batch no longer is more than what may come in the time since the one before it. */
  async #throttle(pointCount: number): Promise<void> {
    const { pps } = this.#options;
    if (pps <= 0) return;
    const dueMs = this.#lastWriteMs + (pointCount / pps) * 1000;
    while (performance.now() < dueMs) await sleep(Math.max(1, dueMs - performance.now()));
  }

  async #progress(pointCount: number): Promise<void> {
    const processed = this.#inserts + this.#failedInserts;
    if (Math.floor(processed / PROGRESS_POINTS) === Math.floor((processed - pointCount) / PROGRESS_POINTS)) return;
    const elapsedMs = performance.now() - this.#startedMs;
    const elapsed = formatGoDuration(BigInt(Math.round(elapsedMs * 1000)) * 1000n);
    const pps = Math.floor(processed / (elapsedMs / 1000));
    await this.#log(`Processed ${processed} lines.  Time elapsed: ${elapsed}.  Points per second (PPS): ${pps}`);
  }

  #log(text: string): Promise<void> {
    return this.#options.output.write(`${timestamp()} ${text}\n`);
  }

  #logError(text: string): Promise<void> {
    return this.#options.errors.write(`${timestamp()} ${text}\n`);
  }
}

function openFile({ path, compressed }: ImportOptions): AsyncIterable<Uint8Array> {
  const file = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: 1024 * 1024 });
  // The pipeline's end is told to the reader as well: as the end or the failure of what it reads.
  return compressed ? pipeline(file, createGunzip(), () => {}) : file;
}

/** `2026/11/22 10:00:00`, in local time. */
function timestamp(): string {
  const now = new Date();
  const pad = (part: number): string => String(part).padStart(2, '0');
  const date = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map(pad).join('/');
  return `${date} ${[now.getHours(), now.getMinutes(), now.getSeconds()].map(pad).join(':')}`;
}
