// Brackets, commas, keys and (when pretty) line ends and indents of a JSON document, as Go's MarshalIndent sets them.
import type { ByteBuffer } from './byte-buffer.ts';
import { jsonString } from './json-string.ts';
import { putAscii } from './number-text.ts';

/** A row's cells stand at this depth: { results [ { series [ { values [ [ cell. */
const CELL_DEPTH = 7;
const keys = new Map<string, Buffer>();

export class JsonLayout {
  readonly #sink: ByteBuffer;
  readonly #pretty: boolean;
  #depth = 0;
  /** Whether the innermost bracket holds nothing yet. */
  #empty = true;

  /** `],[` between two rows, `,` between two cells, and what stands before a row's `]`, with their line ends. */
  readonly betweenRows: Buffer;
  readonly betweenCells: Buffer;
  readonly endOfRow: Buffer;
  readonly #startOfRow: Buffer;

  constructor(sink: ByteBuffer, pretty: boolean) {
    this.#sink = sink;
    this.#pretty = pretty;
    const cell = this.#indent(CELL_DEPTH);
    const row = this.#indent(CELL_DEPTH - 1);
    this.#startOfRow = Buffer.from(`${row}[${cell}`);
    this.betweenRows = Buffer.from(`,${row}[${cell}`);
    this.betweenCells = Buffer.from(`,${cell}`);
    this.endOfRow = Buffer.from(`${row}]`);
  }

  reset(): void {
    this.#depth = 0;
    this.#empty = true;
  }

  open(bracket: '{' | '['): void {
    putAscii(this.#sink, bracket);
    this.#depth++;
    this.#empty = true;
  }

  close(bracket: '}' | ']'): void {
    this.#depth--;
    if (!this.#empty) putAscii(this.#sink, this.#indent(this.#depth));
    putAscii(this.#sink, bracket);
    this.#empty = false;
  }

  /** The comma and indent before an element. */
  item(): void {
    if (!this.#empty) putAscii(this.#sink, ',');
    putAscii(this.#sink, this.#indent(this.#depth));
    this.#empty = false;
  }

  /** `"name":` of a member, with the comma before it. */
  key(name: string): void {
    this.item();
    let bytes = keys.get(name);
    if (bytes === undefined) {
      bytes = Buffer.from(`${jsonString(name)}:`);
      if (keys.size < 1000) keys.set(name, bytes);
    }
    this.#sink.put(bytes);
    if (this.#pretty) putAscii(this.#sink, ' ');
  }

  /** Opens the first row of `values`; later ones follow `betweenRows`. */
  firstRow(): void {
    this.#sink.put(this.#startOfRow);
  }

  /** A list of texts in the place of a cell. */
  cellList(texts: readonly string[]): void {
    const item = this.#indent(CELL_DEPTH + 1);
    const items = texts.map((text) => item + jsonString(text));
    this.#sink.putText(`[${items.join(',')}${items.length === 0 ? '' : this.#indent(CELL_DEPTH)}]`);
  }

  lastRow(): void {
    this.#empty = false;
  }

  #indent(depth: number): string {
    return this.#pretty ? `\n${'    '.repeat(depth)}` : '';
  }
}
