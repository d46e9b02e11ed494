// The three requests of a 1.x client: ping, query and write. Answers to queries are read while they come in.
import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { WeirError, messageOf } from '../../base/index.ts';
import { type AnswerDocument, parseDocument } from './answer.ts';
import { readLines } from './read-lines.ts';
import { type ServerAddress, printServerAddress } from './server-address.ts';

/** Of a text that is not an answer: enough to see what it is. */
const MAX_FAULT_CHARACTERS = 64 * 1024;

export interface ClientOptions {
  readonly address: ServerAddress;
  /** Path of a unix socket, which then takes the place of host and port; empty = none. */
  readonly socket: string;
  /** Whether any certificate is taken. */
  readonly unsafeSsl: boolean;
  /** Empty = no credentials. */
  readonly username: string;
  readonly password: string;
  readonly userAgent: string;
  /** Whether a connection is kept for the next request: for callers that do not wait in between. */
  readonly keepAlive: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Parameters of a request; empty ones are sent as well. */
export type RequestParameters = Readonly<Record<string, string>>;

type Send = (request: RequestBody) => Promise<IncomingMessage>;

interface RequestBody {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly parameters: RequestParameters;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly signal?: AbortSignal;
}

export class InfluxClient {
  readonly options: ClientOptions;
  readonly #send: Send;
  readonly #agent: HttpAgent;

  private constructor(options: ClientOptions, agent: HttpAgent, request: typeof httpRequest) {
    this.options = options;
    this.#agent = agent;
    this.#send = (body) => sendRequest(options, agent, request, body);
  }

  static async create(options: ClientOptions): Promise<InfluxClient> {
    const { keepAlive, unsafeSsl, address } = options;
    const agentOptions = { keepAlive, maxFreeSockets: 1, ...proxyOptions(options) };
    // TLS takes as long to load as all the rest.
    if (address.protocol === 'http:') return new InfluxClient(options, new HttpAgent(agentOptions), httpRequest);
    const [{ Agent, request }, { getCACertificates }] = await Promise.all([import('node:https'), import('node:tls')]);
    // The authorities of this machine count as well, as they do for InfluxDB's shell.
    const ca = unsafeSsl ? [] : [...getCACertificates('default'), ...getCACertificates('system')];
    return new InfluxClient(options, new Agent({ ...agentOptions, rejectUnauthorized: !unsafeSsl, ca }), request);
  }

  /** How the server is called in messages. */
  get shownAddress(): string {
    const { socket, address } = this.options;
    return socket === '' ? printServerAddress(address) : socket;
  }

  /** The server's version; empty where it does not say one. Rejects with `unavailable`. */
  async ping(): Promise<string> {
    const response = await this.#send({ method: 'GET', path: '/ping', parameters: {}, headers: {}, body: '' });
    response.resume();
    const version = response.headers['x-influxdb-version'];
    return typeof version === 'string' ? version : '';
  }

  /**
   * Runs `q` and gives what comes back document by document. Rejects with `unavailable` without a connection, `canceled` by
   * the signal, and `invalid` with the text that came instead of an answer.
   */
  async *query(q: string, parameters: RequestParameters, signal?: AbortSignal): AsyncIterable<AnswerDocument> {
    const response = await this.#send({
      method: 'POST',
      path: '/query',
      parameters,
      // Statements may be long, and may have passwords in them that have no place in the logs of proxies.
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ q }).toString(),
      signal,
    });
    let isEmpty = true;
    try {
      for await (const document of readDocuments(response)) {
        isEmpty = false;
        yield document;
        if (document.error !== null) return;
      }
    } catch (error) {
      if (signal?.aborted === true) throw new WeirError('canceled', 'aborted by user');
      const isCut = error instanceof Error && 'code' in error && error.code === 'ECONNRESET';
      throw isCut ? new WeirError('unavailable', 'unexpected EOF: the answer was cut off', error) : error;
    } finally {
      response.destroy();
    }
    if (isEmpty && response.statusCode !== 200) {
      throw new WeirError('invalid', `received status code ${response.statusCode} from server`);
    }
  }

  /** Writes line protocol. Rejects with `unavailable` without a connection, else with `invalid` and the server's own text. */
  async write(lines: string | Uint8Array, parameters: RequestParameters): Promise<void> {
    const response = await this.#send({ method: 'POST', path: '/write', parameters, headers: {}, body: lines });
    const pieces: Buffer[] = [];
    for await (const piece of response) pieces.push(piece as Buffer);
    if (response.statusCode === 204 || response.statusCode === 200) return;
    throw new WeirError('invalid', Buffer.concat(pieces).toString('utf8'));
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Proxies are for servers elsewhere. */
function proxyOptions({ address, socket, environment }: ClientOptions): { readonly proxyEnv?: NodeJS.ProcessEnv } {
  const isLocal = socket !== '' || /^(?:localhost|127\..*|::1)$/i.test(address.host);
  return isLocal ? {} : { proxyEnv: { ...environment } };
}

function sendRequest(
  options: ClientOptions,
  agent: HttpAgent,
  request: typeof httpRequest,
  { method, path, parameters, headers, body, signal }: RequestBody,
): Promise<IncomingMessage> {
  const { address, socket, username, password, userAgent } = options;
  const credentials = Buffer.from(`${username}:${password}`).toString('base64');
  const search = new URLSearchParams(parameters).toString();
  return new Promise((resolve, reject) => {
    const sent: ClientRequest = request({
      agent,
      method,
      protocol: address.protocol,
      ...(socket === '' ? { host: address.host, port: address.port } : { socketPath: socket }),
      path: `${address.path}${path}${search === '' ? '' : `?${search}`}`,
      headers: {
        'user-agent': userAgent,
        ...(method === 'POST' ? { 'content-length': String(Buffer.byteLength(body)) } : {}),
        ...(username === '' ? {} : { authorization: `Basic ${credentials}` }),
        ...headers,
      },
      signal,
    });
    sent.on('response', resolve);
    sent.on('error', (error) => {
      if (signal?.aborted === true) reject(new WeirError('canceled', 'aborted by user'));
      else reject(connectionFault(error, `${method} ${printServerAddress(address)}${path}`));
    });
    sent.end(body);
  });
}

const UNKNOWN_AUTHORITY = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];

/** In the words of the 1.x shell, which scripts look for. The cause keeps Node's code. */
function connectionFault(error: Error, what: string): WeirError {
  const [method, url] = what.split(' ');
  const cause = error instanceof AggregateError ? (error.errors.at(-1) as Error) : error;
  const { code, address, port, hostname } = cause as Error & Readonly<Record<string, string | number | undefined>>;
  const target = port === undefined ? `unix ${address}` : `tcp ${address}:${port}`;
  const reasons: Readonly<Record<string, string>> = {
    ECONNREFUSED: `dial ${target}: connect: connection refused`,
    ENOENT: `dial ${target}: connect: no such file or directory`,
    ENOTFOUND: `dial tcp: lookup ${hostname}: no such host`,
    ECONNRESET: 'EOF',
    EPROTO: 'http: server gave HTTP response to HTTPS client',
    ...Object.fromEntries(UNKNOWN_AUTHORITY.map((each) => [each, 'x509: certificate signed by unknown authority'])),
  };
  const reason = reasons[String(code)] ?? messageOf(cause);
  return new WeirError('unavailable', `${method === 'GET' ? 'Get' : 'Post'} "${url}": ${reason}`, cause);
}

/** One document a line. What is not a document ends the answer: then the text itself says what is wrong. */
async function* readDocuments(response: IncomingMessage): AsyncIterable<AnswerDocument> {
  let fault: string | null = null;
  for await (const line of readLines(response)) {
    if (fault !== null) fault += `\n${line}`.slice(0, MAX_FAULT_CHARACTERS - fault.length);
    else if (line.trim() !== '') {
      const document = tryParse(line);
      if (document === null) fault = line.slice(0, MAX_FAULT_CHARACTERS);
      else yield document;
    }
  }
  if (fault !== null) throw new WeirError('invalid', fault.trim());
}

function tryParse(line: string): AnswerDocument | null {
  try {
    return parseDocument(line);
  } catch {
    return null;
  }
}
