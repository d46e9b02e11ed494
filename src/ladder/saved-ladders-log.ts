// How far ladders have come, durably: a record log in the store, each record of which is the whole.
//
//     {"position":4711,"links":{"<link>":{"floor":170,"doneThrough":169,
//       "dirty":[{"measurement":"cpu","first":3,"last":9,"seriesIds":[1,2]}],"late":[],"skipping":{"<bucket>":[]}}}}
//
// A record says: with all changes up to `position`, the windows of a link up to `doneThrough` are in its tier, but for those in
// `dirty`, and for late points of those in `late`. Those in `skipping` are to be computed from that bucket's rows. What comes
// after `position` is heard again at the start: until there the log is kept.
import { WeirError } from '../base/index.ts';
import { type JsonCodec, type ObjectStore, type RecordLog, openRecordLog } from '../store/index.ts';
import { type SavedRange, loadRange, saveRange } from './dirty-windows.ts';
import type { SavedLadders } from './ladders.ts';
import type { SavedLink } from './link.ts';

const PREFIX = 'ladders';
const CHECKPOINT_EVERY = 64;

export class SavedLaddersLog {
  readonly #log: RecordLog<SavedLadders, SavedLadders>;
  /** What was saved last, to be compared with. */
  #saved = '';
  /** After a failure it is not known what was stored. */
  #isBehind = false;

  constructor(store: ObjectStore) {
    this.#log = openRecordLog(store, PREFIX, { record: codec, state: codec });
  }

  /** undefined = nothing was ever saved. Rejects with `corrupt`, naming the key, on damage. */
  async load(): Promise<SavedLadders | undefined> {
    const { checkpoint, records } = await this.#log.load();
    const state = records.at(-1)?.record ?? checkpoint?.state;
    this.#saved = JSON.stringify(state);
    return state;
  }

  /** Durable once this resolves. One call at a time. What is saved already costs nothing. */
  async save(state: SavedLadders): Promise<void> {
    const text = JSON.stringify(state);
    if (text === this.#saved) return;
    if (this.#isBehind) await this.#log.refresh();
    this.#isBehind = true;
    await this.#log.append(state);
    this.#isBehind = false;
    this.#saved = text;
    // The log is whole without it; the next save tries again.
    if (this.#log.recordsSinceCheckpoint >= CHECKPOINT_EVERY) await this.#log.checkpoint(state).catch(() => {});
  }
}

const codec: JsonCodec<SavedLadders> = {
  encode: (state) => state,
  decode(json) {
    const { position, links } = fieldsOf(json, 'ladders');
    if (!Number.isSafeInteger(position)) throw wrong('position', position);
    const decoded = Object.entries(fieldsOf(links, 'links')).map(([key, link]) => [key, decodeLink(link)] as const);
    return { position: position as number, links: Object.fromEntries(decoded) };
  },
};

function decodeLink(json: unknown): SavedLink {
  const { floor, doneThrough, dirty, late, skipping = {} } = fieldsOf(json, 'link');
  if (!Number.isSafeInteger(floor)) throw wrong('floor', floor);
  if (!Number.isSafeInteger(doneThrough)) throw wrong('doneThrough', doneThrough);
  return {
    floor: floor as number,
    doneThrough: doneThrough as number,
    dirty: decodeRanges('dirty', dirty),
    late: decodeRanges('late', late),
    skipping: Object.fromEntries(
      Object.entries(fieldsOf(skipping, 'skipping')).map(([id, ranges]) => [id, decodeRanges('skipping', ranges)]),
    ),
  };
}

function decodeRanges(what: string, json: unknown): SavedRange[] {
  if (!Array.isArray(json)) throw wrong(what, json);
  return json.map((range: unknown) => saveRange(loadRange(range)));
}

function fieldsOf(json: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw wrong(what, json);
  return json as Readonly<Record<string, unknown>>;
}

function wrong(what: string, found: unknown): WeirError {
  return new WeirError('corrupt', `${what}: unexpected ${JSON.stringify(found)?.slice(0, 100)}`);
}
