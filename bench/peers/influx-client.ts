// The HTTP interface that Weir and InfluxDB share.
import type { Cell, Row } from '../answers.ts';
import { HttpConnection, accepted, requestOnce } from '../lib/http-connection.ts';
import type { BenchQuery } from '../tsbs/queries.ts';
import type { Reply } from './peer.ts';

export const DATABASE = 'bench';

interface InfluxAnswer {
  readonly results: readonly {
    readonly error?: string;
    readonly series?: readonly {
      readonly tags?: Readonly<Record<string, string>>;
      readonly columns: readonly string[];
      readonly values: readonly (readonly Cell[])[];
    }[];
  }[];
}

export class InfluxClient {
  readonly writePath = `/write?db=${DATABASE}`;
  readonly #port: number;
  readonly #connection: HttpConnection;

  private constructor(port: number, connection: HttpConnection) {
    this.#port = port;
    this.#connection = connection;
  }

  /** Makes the database if need be. */
  static async open(port: number): Promise<InfluxClient> {
    await requestOnce(port, 'POST', `/query?q=${encodeURIComponent(`CREATE DATABASE ${DATABASE}`)}`);
    return new InfluxClient(port, await HttpConnection.open(port));
  }

  async ask(query: BenchQuery): Promise<Reply> {
    const body = await this.#query(query.influxql);
    return { rows: () => rowsOf(body) };
  }

  count(measurement: string, field: string): Promise<number> {
    return this.#number(`SELECT count(${field}) FROM ${measurement}`);
  }

  pointsOf(measurement: string, field: string, tag: string, value: string): Promise<number> {
    return this.#number(`SELECT count(${field}) FROM ${measurement} WHERE ${tag} = '${value}'`);
  }

  /** The values of statistics in /debug/vars whose names start so, summed by name. */
  async statistics(prefix: string): Promise<ReadonlyMap<string, number>> {
    const body = await requestOnce(this.#port, 'GET', '/debug/vars');
    const all = JSON.parse(body.toString()) as Record<string, { values?: Record<string, number> }>;
    const sums = new Map<string, number>();
    for (const [key, { values = {} }] of Object.entries(all)) {
      if (!key.startsWith(prefix)) continue;
      for (const [name, value] of Object.entries(values)) sums.set(name, (sums.get(name) ?? 0) + value);
    }
    return sums;
  }

  close(): void {
    this.#connection.close();
  }

  async #query(text: string): Promise<Buffer> {
    const path = `/query?db=${DATABASE}&epoch=ms&q=${encodeURIComponent(text)}`;
    return accepted(await this.#connection.request('GET', path), text);
  }

  /** The second column of the only row; 0 where there is none. */
  async #number(text: string): Promise<number> {
    const [row] = rowsOf(await this.#query(text));
    return row === undefined ? 0 : Number(row[1]);
  }
}

function rowsOf(body: Buffer): Row[] {
  const { results } = JSON.parse(body.toString()) as InfluxAnswer;
  const [result] = results;
  if (result.error !== undefined) throw new Error(result.error);
  return (result.series ?? []).flatMap(({ tags = {}, values }) => {
    const group = Object.values(tags);
    return values.map((row) => [...group, ...row]);
  });
}
