// multipart/form-data (RFC 7578) of a body that is in memory.
//
//     --boundary CRLF headers CRLF CRLF content CRLF --boundary … --boundary--
import { WeirError } from '../base/index.ts';

export interface FormPart {
  readonly name: string;
  readonly content: Buffer;
}

/** The named parts in order; files are parts like any other. Throws `invalid` when the last boundary is missing. */
export function parseMultipart(body: Buffer, boundary: string): readonly FormPart[] {
  const parts: FormPart[] = [];
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  const first = Buffer.from(`--${boundary}`);
  let at = body.subarray(0, first.length).equals(first) ? first.length : afterDelimiter(body, delimiter, 0);
  while (body.toString('latin1', at, at + 2) !== '--') {
    const headersAt = body.indexOf('\r\n', at);
    const end = body.indexOf(delimiter, Math.max(at, headersAt));
    const contentAt = body.indexOf('\r\n\r\n', at);
    if (headersAt < 0 || end < 0 || contentAt < 0 || contentAt > end) throw truncated();
    const name = partName(body.toString('utf8', headersAt, contentAt));
    if (name !== undefined) parts.push({ name, content: body.subarray(Math.min(contentAt + 4, end), end) });
    at = end + delimiter.length;
  }
  return parts;
}

function afterDelimiter(body: Buffer, delimiter: Buffer, from: number): number {
  const at = body.indexOf(delimiter, from);
  if (at < 0) throw truncated();
  return at + delimiter.length;
}

function truncated(): WeirError {
  return new WeirError('invalid', 'multipart: the closing boundary is missing');
}

function partName(headers: string): string | undefined {
  const disposition = /^content-disposition:.*?;\s*name=(?:"((?:[^"\\]|\\.)*)"|([^\s;]+))/im.exec(headers);
  return disposition?.[1] ?? disposition?.[2];
}
