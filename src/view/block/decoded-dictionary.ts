// A dictionary page, turned into the shape that its column's pages ask for when the first of them does.
import { copyBytes } from './byte-reader.ts';
import { type DecodedText, decodeEntries, toStrings } from './text-decoder.ts';

export class DecodedDictionary {
  readonly #raw: Uint8Array;
  readonly #entries: number;
  #floats: Float64Array | undefined;
  #wide: BigInt64Array | undefined;
  #integers: Float64Array | undefined;
  #times: { readonly baseNs: bigint; readonly offsets: Float64Array } | undefined;
  #text: DecodedText | undefined;
  #strings: readonly string[] | undefined;

  /** `raw` is the page in Parquet's plain encoding; it is kept. */
  constructor(raw: Uint8Array, entries: number) {
    this.#raw = raw;
    this.#entries = entries;
  }

  floats(): Float64Array {
    return (this.#floats ??= new Float64Array(this.#aligned(), 0, this.#entries));
  }

  wide(): BigInt64Array {
    return (this.#wide ??= new BigInt64Array(this.#aligned(), 0, this.#entries));
  }

  /** Not exact beyond 2^53: no page that has such values asks for them. */
  integers(): Float64Array {
    return (this.#integers ??= Float64Array.from(this.wide(), Number));
  }

  /** Offsets from the first entry. */
  times(): { readonly baseNs: bigint; readonly offsets: Float64Array } {
    if (this.#times === undefined) {
      const wide = this.wide();
      const baseNs = wide[0];
      this.#times = { baseNs, offsets: Float64Array.from(wide, (time) => Number(time - baseNs)) };
    }
    return this.#times;
  }

  text(): DecodedText {
    return (this.#text ??= decodeEntries(this.#raw, this.#entries));
  }

  strings(): readonly string[] {
    return (this.#strings ??= toStrings(this.text()));
  }

  #aligned(): ArrayBuffer {
    return copyBytes(this.#raw).buffer;
  }
}
