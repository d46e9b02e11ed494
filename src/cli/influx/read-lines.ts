// Bytes to lines. A line is held as a whole, so that one of 512 MB is refused by the engine's longest string.
import { StringDecoder } from 'node:string_decoder';

/** The lines without their `\n`; what follows the last one is a line when it is not empty. */
export async function* readLines(bytes: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new StringDecoder('utf8');
  let pieces: string[] = [];
  for await (const chunk of bytes) {
    const text = decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      pieces.push(text.slice(start, end));
      yield pieces.join('');
      pieces = [];
      start = end + 1;
    }
    if (start < text.length) pieces.push(text.slice(start));
  }
  const last = pieces.join('') + decoder.end();
  if (last !== '') yield last;
}
