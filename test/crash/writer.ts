// One client that writes, overwrites and deletes points of its own measurement, one request at a time, and keeps account.
import { post, rows, run } from './client.ts';
import { Ledger, type Slip } from './ledger.ts';

export type Random = (below: number) => number;

/** Points are 40 s apart, so that a writer's slots lie in several shards of the `1h` policy. */
const STEP_NS = 40_000_000_000n;
const SLOTS = 1500;
const HOSTS = 5;

export class Writer {
  readonly #measurement: string;
  readonly #random: Random;
  readonly #ledger = new Ledger(SLOTS);
  #nextSlot = 0;
  #revision = 1;
  /** Requests that were acknowledged, and that were refused. */
  acknowledged = 0;
  refused = 0;

  constructor(id: number, random: Random) {
    this.#measurement = `m${id}`;
    this.#random = random;
  }

  get points(): number {
    return this.#ledger.count;
  }

  /** Sends requests until one is not answered or `isOver`. */
  async work(address: string, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const done = this.#random(12) === 0 ? await this.#delete(address) : await this.#write(address);
      if (!done) return;
    }
  }

  /** What the server shows must be what it acknowledged, each point once. */
  async verify(address: string): Promise<Slip[]> {
    const shown = new Map<number, number>();
    const slips: Slip[] = [];
    for (const [timeNs, value, text] of await rows(address, `SELECT v, s FROM ${this.#measurement}`)) {
      const slot = Number(BigInt(timeNs as number) / STEP_NS);
      if (shown.has(slot)) slips.push({ slot, what: 'is there twice' });
      if (text !== `text of ${value}`) slips.push({ slot, what: `has fields of two writes: ${value} and ${text}` });
      shown.set(slot, value as number);
    }
    const [[, counted] = [0, 0]] = await rows(address, `SELECT count(v) FROM ${this.#measurement}`);
    if (counted !== shown.size)
      slips.push({ slot: -1, what: `count(v) says ${counted}, there are ${shown.size} rows` });
    return [...slips, ...this.#ledger.settle(shown)];
  }

  /** Returns whether the server answered. */
  async #write(address: string): Promise<boolean> {
    const slots = this.#slots(1 + this.#random(200));
    const value = this.#revision++;
    const lines = slots.map((slot) => {
      return `${this.#measurement},host=h${slot % HOSTS} v=${value}i,s="text of ${value}" ${BigInt(slot) * STEP_NS}`;
    });
    const answer = await post(`http://${address}/write?db=crash`, lines.join('\n'));
    if (answer === undefined) this.#ledger.uncertain(slots, value);
    else if (answer.status === 204) {
      this.acknowledged++;
      this.#ledger.acknowledged(slots, value);
    } else {
      // An error says that nothing was stored, and nothing may turn up later.
      this.refused++;
      if (answer.status !== 500 && answer.status !== 503) throw new Error(`write: ${answer.status} ${answer.text}`);
    }
    return answer !== undefined;
  }

  async #delete(address: string): Promise<boolean> {
    const from = this.#random(SLOTS);
    const slots = Array.from({ length: Math.min(1 + this.#random(100), SLOTS - from) }, (_, at) => from + at);
    const start = BigInt(from) * STEP_NS;
    const end = BigInt(from + slots.length) * STEP_NS;
    const outcome = await run(address, `DELETE FROM ${this.#measurement} WHERE time >= ${start} AND time < ${end}`);
    if (outcome === 'unknown') this.#ledger.uncertain(slots, null);
    else if (outcome === 'done') {
      this.acknowledged++;
      this.#ledger.acknowledged(slots, null);
    } else this.refused++;
    return outcome !== 'unknown';
  }

  /** Mostly the next ones, sometimes any: late points and overwrites. */
  #slots(count: number): number[] {
    if (this.#random(4) === 0) {
      return [...new Set(Array.from({ length: count }, () => this.#random(SLOTS)))];
    }
    const slots = Array.from({ length: count }, (_, at) => (this.#nextSlot + at) % SLOTS);
    this.#nextSlot = (this.#nextSlot + count) % SLOTS;
    return slots;
  }
}
