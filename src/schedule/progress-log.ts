// How far each continuous query has come, durably: a record log in the store, each record of which is the whole.
//
//     {"seq":4711,"queries":[{"database":"m","name":"cq","text":"CREATE …","lastRun":"1700…","due":[["17…","17…"]],"late":[]}]}
//
// A record says: with all changes up to `seq`, the windows before `lastRun` hold what they should, but for those in `due` and
// `late`. What comes after `seq` is told again at the start, as long as the view has not written it out as blocks: then
// nobody can tell which windows it concerned, and whoever loads the record takes all windows within reach for late.
import { WeirError } from '../base/index.ts';
import type { TimeRange } from '../model/index.ts';
import { type JsonCodec, type ObjectStore, type RecordLog, openRecordLog } from '../store/index.ts';
import type { Progress } from './query-state.ts';

export interface SavedProgress {
  readonly seq: number;
  readonly queries: readonly SavedQuery[];
}

export interface SavedQuery extends Progress {
  readonly database: string;
  readonly name: string;
  readonly text: string;
}

const PREFIX = 'continuous-queries';
const CHECKPOINT_EVERY = 64;

export class ProgressLog {
  readonly #log: RecordLog<SavedProgress, SavedProgress>;
  /** After a failure it is not known what was stored. */
  #isBehind = false;

  constructor(store: ObjectStore) {
    this.#log = openRecordLog(store, PREFIX, { record: codec, state: codec });
  }

  /** undefined = nothing was ever saved. Rejects with `corrupt`, naming the key, on damage. */
  async load(): Promise<SavedProgress | undefined> {
    const { checkpoint, records } = await this.#log.load();
    return records.at(-1)?.record ?? checkpoint?.state;
  }

  /** Durable once this resolves. One call at a time. */
  async save(progress: SavedProgress): Promise<void> {
    if (this.#isBehind) await this.#log.refresh();
    this.#isBehind = true;
    await this.#log.append(progress);
    if (this.#log.recordsSinceCheckpoint >= CHECKPOINT_EVERY) await this.#log.checkpoint(progress);
    this.#isBehind = false;
  }
}

const codec: JsonCodec<SavedProgress> = {
  encode: ({ seq, queries }) => ({
    seq,
    queries: queries.map(({ database, name, text, lastRunNs, due, late }) => ({
      database,
      name,
      text,
      lastRun: lastRunNs === null ? null : String(lastRunNs),
      due: due.map(encodeRange),
      late: late.map(encodeRange),
    })),
  }),
  decode(json) {
    const { seq, queries } = fieldsOf(json);
    if (typeof seq !== 'number' || !Number.isSafeInteger(seq)) throw wrong('seq', seq);
    return { seq, queries: listOf('queries', queries).map(decodeQuery) };
  },
};

function decodeQuery(json: unknown): SavedQuery {
  const { database, name, text, lastRun, due, late } = fieldsOf(json);
  if (typeof database !== 'string') throw wrong('database', database);
  if (typeof name !== 'string') throw wrong('name', name);
  if (typeof text !== 'string') throw wrong('text', text);
  return {
    database,
    name,
    text,
    lastRunNs: lastRun === null ? null : timeOf('lastRun', lastRun),
    due: listOf('due', due).map(decodeRange),
    late: listOf('late', late).map(decodeRange),
  };
}

function encodeRange({ startNs, endNs }: TimeRange): [string, string] {
  return [String(startNs), String(endNs)];
}

function decodeRange(json: unknown): TimeRange {
  const [start, end] = listOf('range', json);
  return { startNs: timeOf('range', start), endNs: timeOf('range', end) };
}

function fieldsOf(json: unknown): Readonly<Record<string, unknown>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw wrong('record', json);
  return json as Readonly<Record<string, unknown>>;
}

function listOf(what: string, json: unknown): readonly unknown[] {
  if (!Array.isArray(json)) throw wrong(what, json);
  return json;
}

function timeOf(what: string, json: unknown): bigint {
  if (typeof json !== 'string' || !/^-?\d{1,19}$/.test(json)) throw wrong(what, json);
  return BigInt(json);
}

function wrong(what: string, found: unknown): WeirError {
  return new WeirError('corrupt', `${what}: unexpected ${JSON.stringify(found)?.slice(0, 100)}`);
}
