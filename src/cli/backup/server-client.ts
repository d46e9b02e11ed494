// Requests to a running Weir, with its errors as ours.
import { type IncomingMessage, type RequestOptions, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type ErrorCode, WeirError, messageOf } from '../../base/index.ts';

export interface ServerAccess {
  /** `http://127.0.0.1:8086`, `https://…`, a path may follow. */
  readonly url: string;
  /** undefined = the server asks for none. */
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Takes any certificate. */
  readonly insecure: boolean;
}

/** null = not given. */
type Parameters = Readonly<Record<string, string | null>>;

export class ServerClient {
  readonly #base: URL;
  readonly #access: ServerAccess;

  /** Throws `invalid` for a URL that is none. */
  constructor(access: ServerAccess) {
    if (!URL.canParse(access.url) || !/^https?:$/.test(new URL(access.url).protocol))
      throw new WeirError('invalid', `${access.url} is no URL such as http://127.0.0.1:8086`);
    this.#base = new URL(access.url);
    this.#access = access;
  }

  /** The body of an answer, read whole; undefined when it is empty. */
  async json<T>(method: string, path: string, parameters: Parameters, body?: Uint8Array): Promise<T> {
    const response = await this.request(method, path, parameters, body);
    const text = await textOf(response);
    try {
      return (text === '' ? undefined : JSON.parse(text)) as T;
    } catch (error) {
      throw new WeirError(
        'unavailable',
        `the server answers ${path} with other things than JSON: is it a Weir?`,
        error,
      );
    }
  }

  /** Rejects with the server's own text, `unavailable` when it cannot be reached. */
  async request(
    method: string,
    path: string,
    parameters: Parameters,
    body: Uint8Array = new Uint8Array(0),
  ): Promise<IncomingMessage> {
    const url = new URL(this.#base);
    url.pathname = url.pathname.replace(/\/$/, '') + path;
    for (const [name, value] of Object.entries(parameters)) if (value !== null) url.searchParams.set(name, value);
    const { username, password, insecure } = this.#access;
    const options: RequestOptions & { readonly rejectUnauthorized: boolean } = {
      method,
      headers: { 'Content-Length': body.length },
      rejectUnauthorized: !insecure,
      ...(username === undefined ? {} : { auth: `${username}:${password ?? ''}` }),
    };
    let response: IncomingMessage;
    try {
      response = await new Promise<IncomingMessage>((resolve, reject) => {
        const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
        const request = send(url, options, resolve);
        request.on('error', reject);
        request.end(body);
      });
    } catch (error) {
      throw new WeirError('unavailable', `${url.origin} cannot be reached: ${messageOf(error)}`, error);
    }
    const { statusCode = 500 } = response;
    if (statusCode < 300) return response;
    throw new WeirError(CODES.get(statusCode) ?? 'unavailable', faultText(await textOf(response), statusCode, path));
  }
}

const CODES: ReadonlyMap<number, ErrorCode> = new Map<number, ErrorCode>([
  [400, 'invalid'],
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'not found'],
  [409, 'conflict'],
  [413, 'limit'],
  [500, 'corrupt'],
]);

function faultText(body: string, status: number, path: string): string {
  try {
    const { error } = JSON.parse(body) as { readonly error?: unknown };
    if (typeof error === 'string') return error;
  } catch {
    // Then it is no Weir that answered, or one that knows no backups.
  }
  return `the server answers ${path} with status ${status}: is it a Weir?`;
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch (error) {
    throw new WeirError('unavailable', `the connection broke within an answer: ${messageOf(error)}`, error);
  }
  return Buffer.concat(chunks).toString('utf8');
}
