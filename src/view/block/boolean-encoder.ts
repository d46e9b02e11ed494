// Boolean fields: the RLE hybrid of one bit, with its length in 4 bytes before it as the format wants for values.
import type { ByteWriter } from './byte-writer.ts';
import type { PageEncoder } from './page-encoder.ts';
import { ENCODING } from './parquet-columns.ts';
import { encodeHybrid } from './rle.ts';

let flags = new Uint8Array(0);

/** `values` are 0 or 1. */
export function booleanEncoder(values: Float64Array): PageEncoder {
  return {
    dictionary: null,
    compression: 'sampled',
    encode(out: ByteWriter, start: number, count: number): number {
      if (flags.length < count) flags = new Uint8Array(count);
      for (let i = 0; i < count; i++) flags[i] = values[start + i];
      const lengthAt = out.length;
      out.uint32(0);
      encodeHybrid(out, flags, 0, count, 1);
      const end = out.length;
      out.length = lengthAt;
      out.uint32(end - lengthAt - 4);
      out.length = end;
      return ENCODING.rle;
    },
  };
}
