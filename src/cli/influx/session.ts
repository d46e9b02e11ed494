// The state of a shell: where it is connected, what it queries and how it shows it. It runs queries; `shell-commands.ts` has
// the commands that change it.
import { messageOf } from '../../base/index.ts';
import { firstError } from './answer.ts';
import { InfluxClient, type RequestParameters } from './influx-client.ts';
import { answerPrinter } from './print-answer.ts';
import { type ServerAddress, printServerAddress } from './server-address.ts';
import type { TextOutput } from './text-output.ts';

export interface SessionOptions {
  readonly address: ServerAddress;
  readonly socket: string;
  readonly unsafeSsl: boolean;
  readonly username: string;
  readonly password: string;
  readonly database: string;
  readonly format: string;
  readonly consistency: string;
  readonly pretty: boolean;
  readonly node: number;
  readonly userAgent: string;
  readonly keepAlive: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly output: TextOutput;
}

/** How a command ended. */
export type Outcome =
  | { readonly kind: 'done' | 'quit' }
  /** It failed and said so on the screen. `isQuiet`: InfluxDB's shell goes on and ends with 0 all the same. */
  | { readonly kind: 'failed'; readonly error: string; readonly isQuiet: boolean };

export const DONE: Outcome = { kind: 'done' };

export class Session {
  readonly options: SessionOptions;
  readonly output: TextOutput;
  database: string;
  policy = '';
  format: string;
  /** Of timestamps; empty = RFC 3339. */
  precision = 'ns';
  consistency: string;
  pretty: boolean;
  chunked = true;
  /** 0 = the server's own. */
  chunkSize = 0;
  /** 0 = none. */
  node: number;
  username: string;
  password: string;
  serverVersion = '';
  #client: InfluxClient | null = null;
  #address: ServerAddress;

  constructor(options: SessionOptions) {
    this.options = options;
    this.output = options.output;
    this.database = options.database;
    this.format = options.format;
    this.consistency = options.consistency;
    this.pretty = options.pretty;
    this.node = options.node;
    this.username = options.username;
    this.password = options.password;
    this.#address = options.address;
  }

  /** Connects, there or (with other credentials, say) to the same server. Rejects with `unavailable`; then all stays as it was. */
  async connect(address = this.#address, unsafeSsl = this.options.unsafeSsl): Promise<void> {
    const { username, password } = this;
    const client = await InfluxClient.create({ ...this.options, address, unsafeSsl, username, password });
    try {
      this.serverVersion = await client.ping();
    } catch (error) {
      client.close();
      throw error;
    }
    this.#client?.close();
    this.#client = client;
    this.#address = address;
  }

  async setCredentials(username: string, password: string): Promise<void> {
    this.username = username;
    this.password = password;
    this.#client?.close();
    this.#client = await InfluxClient.create({ ...this.options, address: this.#address, username, password });
  }

  /** The server's URL, or its socket. */
  get shownAddress(): string {
    return this.options.socket === '' ? this.shownUrl : this.options.socket;
  }

  get shownUrl(): string {
    return printServerAddress(this.#address);
  }

  /** Before `connect` there is none. */
  get client(): InfluxClient {
    if (this.#client === null) throw new Error('the shell is not connected');
    return this.#client;
  }

  say(text: string): Promise<void> {
    return this.output.write(`${text}\n`);
  }

  /** Says what went wrong, with the hints that may help. */
  async fail(error: string, ...hints: readonly string[]): Promise<Outcome> {
    await this.say([`ERR: ${error}`, ...hints].join('\n'));
    return { kind: 'failed', error, isQuiet: false };
  }

  /** Runs one or more statements and shows what comes back while it comes. */
  async runQuery(text: string, signal?: AbortSignal): Promise<Outcome> {
    const printer = answerPrinter(this.format, this.pretty, this.output);
    let failure: string | null = null;
    let lastError: string | null = null;
    try {
      for await (const document of this.client.query(text, this.#queryParameters(), signal)) {
        for (const result of document.results) await printer.result(result);
        failure ??= firstError(document);
        lastError = document.error;
      }
      await printer.end(lastError);
    } catch (error) {
      printer.close();
      return await this.fail(messageOf(error));
    }
    if (failure === null) return DONE;
    return await this.fail(failure, ...this.#queryHints());
  }

  close(): void {
    this.#client?.close();
  }

  #queryParameters(): RequestParameters {
    return {
      db: this.database,
      ...(this.policy === '' ? {} : { rp: this.policy }),
      ...(this.chunked ? { chunked: 'true' } : {}),
      ...(this.chunked && this.chunkSize > 0 ? { chunk_size: String(this.chunkSize) } : {}),
      ...(this.node > 0 ? { node_id: String(this.node) } : {}),
      ...(this.precision === '' ? {} : { epoch: this.precision }),
    };
  }

  #queryHints(): readonly string[] {
    if (this.database !== '') return [];
    return [
      'Warning: It is possible this error is due to not setting a database.',
      'Please set a database with the command "use <database>".',
    ];
  }
}
