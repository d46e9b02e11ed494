// Strings as Go's encoding/json writes them: besides what JSON demands, `<`, `>` and `&` are escaped, so are U+2028 and U+2029,
// and only \n, \r and \t have short forms.
import type { ByteBuffer } from './byte-buffer.ts';
import { putAscii } from './number-text.ts';

const QUOTE = 0x22;

/** Code unit -> 1 when it stands for itself as one byte. */
const PLAIN = new Uint8Array(128);
for (let code = 0x20; code < 0x80; code++) PLAIN[code] = '"\\<>&'.includes(String.fromCharCode(code)) ? 0 : 1;

/** Appends `"text"`. */
export function putJsonString(sink: ByteBuffer, text: string): void {
  sink.reserve(text.length + 2);
  const { bytes } = sink;
  let { at } = sink;
  bytes[at++] = QUOTE;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 128 || PLAIN[code] === 0) {
      sink.putText(jsonString(text));
      return;
    }
    bytes[at++] = code;
  }
  bytes[at++] = QUOTE;
  sink.at = at;
}

/** The text of `"text"`. */
export function jsonString(text: string): string {
  return `"${text.replace(/["\\<>&\u2028\u2029]|[^\u0020-\u{10ffff}]/gu, escape)}"`;
}

function escape(char: string): string {
  switch (char) {
    case '"':
      return '\\"';
    case '\\':
      return '\\\\';
    case '\n':
      return '\\n';
    case '\r':
      return '\\r';
    case '\t':
      return '\\t';
    default:
      return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  }
}

/** `{"error":"text"}` and a newline: the body of every failed request. */
export function jsonError(text: string, pretty = false): string {
  return pretty ? `{\n    "error": ${jsonString(text)}\n}\n` : `{"error":${jsonString(text)}}\n`;
}

/** Appends `true` or `false`. */
export function putBoolean(sink: ByteBuffer, value: boolean): void {
  putAscii(sink, value ? 'true' : 'false');
}
