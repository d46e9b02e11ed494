// The parameters of a query: from the URL, from an urlencoded form, or from a multipart form (where `q` may be a file).
// As in Go, a form's value goes before the URL's.
import { WeirError } from '../base/index.ts';
import { type Exchange, headerText } from './exchange.ts';
import { parseMultipart } from './multipart.ts';
import { type BodyLimits, readBody } from './request-body.ts';

/** The first value of a parameter, "" when there is none. */
export type QueryForm = (name: string) => string;

export async function readQueryForm(exchange: Exchange, limits: BodyLimits): Promise<QueryForm> {
  const { request, parameters } = exchange;
  const form = request.method === 'POST' ? await readForm(exchange, limits) : null;
  exchange.form = form;
  return (name) => form?.get(name) ?? parameters.get(name) ?? '';
}

async function readForm(exchange: Exchange, limits: BodyLimits): Promise<ReadonlyMap<string, string> | null> {
  const contentType = headerText(exchange.request, 'content-type');
  const [mediaType] = contentType.toLowerCase().split(';', 1);
  const read = FORMS.get(mediaType.trim());
  if (read === undefined) return null;
  const body = await readBody(exchange, limits);
  try {
    return read(Buffer.from(body.bytes.buffer, body.bytes.byteOffset, body.bytes.length), contentType);
  } finally {
    body.release();
  }
}

type ReadForm = (body: Buffer, contentType: string) => ReadonlyMap<string, string>;

const FORMS: ReadonlyMap<string, ReadForm> = new Map<string, ReadForm>([
  ['application/x-www-form-urlencoded', readUrlencoded],
  ['multipart/form-data', readMultipart],
]);

function readUrlencoded(body: Buffer): ReadonlyMap<string, string> {
  const form = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(body.toString('utf8'))) if (!form.has(name)) form.set(name, value);
  return form;
}

function readMultipart(body: Buffer, contentType: string): ReadonlyMap<string, string> {
  const boundary = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
  if (boundary === null) throw new WeirError('invalid', 'no multipart boundary param in Content-Type');
  const form = new Map<string, string>();
  for (const { name, content } of parseMultipart(body, boundary[1] ?? boundary[2])) {
    if (!form.has(name)) form.set(name, content.toString('utf8'));
  }
  return form;
}
