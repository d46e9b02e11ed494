// What `rrdtool dump` prints, read from front to back: elements and text, without attributes, in the order in which it prints
// them. Comments say nothing that is needed.
//
//     <rrd> <version> <step> <lastupdate> <ds>… <rra> <cf> <pdp_per_row> <database> <row><v>1</v><v>NaN</v></row>…
import { damagedAt } from '../influxdb/damage.ts';
import { type ArchiveFile, MAX_TIME } from '../archives/archive-file.ts';
import { type RrdArchive, fieldsOfRrd } from './rrd-archives.ts';

interface OpenArchive {
  consolidation: string;
  stepsPerRow: number;
  /** Row by row. */
  readonly values: number[];
}

/** Throws `corrupt`, with file and offset. */
export function readXmlRrd(path: string, bytes: Uint8Array): ArchiveFile {
  return new DumpReader(path, bytes).read();
}

const MAX_DEPTH = 16;
const MAX_STEP = 10 * 366 * 86_400;

class DumpReader {
  readonly #path: string;
  readonly #bytes: Uint8Array;
  readonly #open: string[] = [];
  readonly #names: string[] = [];
  readonly #archives: OpenArchive[] = [];
  #step = 0;
  #lastUpdate = 0;
  #rowStart = 0;

  constructor(path: string, bytes: Uint8Array) {
    this.#path = path;
    this.#bytes = bytes;
  }

  read(): ArchiveFile {
    let at = 0;
    while (at < this.#bytes.length) {
      const start = this.#bytes.indexOf(0x3c, at);
      if (start < 0) break;
      at = this.#markup(start);
    }
    if (this.#open.length > 0)
      throw this.#damage(this.#bytes.length, `the file ends within <${this.#open.join('><')}>`);
    if (this.#step === 0) throw this.#damage(this.#bytes.length, 'no <step> was found: this is no dump of an RRD');
    if (this.#lastUpdate === 0) throw this.#damage(this.#bytes.length, 'no <lastupdate> was found: rows have no times');
    if (this.#names.length === 0 || this.#archives.length === 0) {
      throw this.#damage(
        this.#bytes.length,
        `${this.#names.length} data sources and ${this.#archives.length} archives`,
      );
    }
    const archives = this.#archives.map((archive) => this.#toArchive(archive));
    const fields = fieldsOfRrd(this.#names, this.#lastUpdate, archives);
    return { baseStep: this.#step, fields, value: 'mean', misplaced: 0 };
  }

  /** From `<` on; returns where it ends. */
  #markup(start: number): number {
    if (this.#startsWith(start, '<!--')) return this.#skipTo(start, '-->');
    if (this.#startsWith(start, '<?')) return this.#skipTo(start, '?>');
    const end = this.#skipTo(start, '>');
    if (this.#startsWith(start, '<!')) return end;
    if (this.#bytes[start + 1] === 0x2f) {
      const name = this.#text(start + 2, end - 1).trim();
      if (this.#open.at(-1) !== name) throw this.#damage(start, `</${name}> within <${this.#open.join('><')}>`);
      if (name === 'row') this.#closeRow(start);
      this.#open.pop();
      return end;
    }
    const [name] = this.#text(start + 1, end - 1).split(/[\s/]/, 1);
    if (this.#bytes[end - 2] === 0x2f) return end;
    if (this.#open.length === 0 && name !== 'rrd') throw this.#damage(start, `<${name}>, expected <rrd>`);
    if (this.#open.length === MAX_DEPTH) throw this.#damage(start, `elements are nested deeper than ${MAX_DEPTH}`);
    this.#open.push(name);
    this.#begin(name, end);
    return end;
  }

  /** What an element says by its text stands right behind it. */
  #begin(name: string, textAt: number): void {
    const path = this.#open.join('/');
    if (path === 'rrd/step') this.#step = this.#count(textAt, MAX_STEP);
    else if (path === 'rrd/lastupdate') this.#lastUpdate = this.#count(textAt, MAX_TIME);
    else if (path === 'rrd/ds/name') this.#names.push(this.#textAt(textAt));
    else if (path === 'rrd/rra') this.#archives.push({ consolidation: '', stepsPerRow: 0, values: [] });
    else if (path === 'rrd/rra/cf') this.#archive(textAt).consolidation = this.#textAt(textAt);
    else if (path === 'rrd/rra/pdp_per_row') this.#archive(textAt).stepsPerRow = this.#count(textAt, MAX_STEP);
    else if (name === 'row') this.#rowStart = this.#archive(textAt).values.length;
    else if (name === 'v') this.#archive(textAt).values.push(this.#number(textAt));
  }

  #closeRow(at: number): void {
    const found = this.#archive(at).values.length - this.#rowStart;
    if (found !== this.#names.length)
      throw this.#damage(at, `a row of ${found} values for ${this.#names.length} data sources`);
  }

  #toArchive({ consolidation, stepsPerRow, values }: OpenArchive): RrdArchive {
    const sources = this.#names.length;
    if (consolidation === '' || stepsPerRow === 0 || values.length === 0) {
      throw this.#damage(this.#bytes.length, 'an archive lacks its <cf>, its <pdp_per_row> or its rows');
    }
    const columns = this.#names.map((_, source) => {
      const column = new Float64Array(values.length / sources);
      for (let row = 0; row < column.length; row++) column[row] = values[row * sources + source];
      return column;
    });
    return { consolidation, step: this.#step * stepsPerRow, columns };
  }

  #archive(at: number): OpenArchive {
    const archive = this.#archives.at(-1);
    if (archive === undefined) throw this.#damage(at, `<${this.#open.at(-1)}> outside of an archive`);
    return archive;
  }

  #textAt(at: number): string {
    const end = this.#bytes.indexOf(0x3c, at);
    return this.#text(at, end < 0 ? this.#bytes.length : end).trim();
  }

  #count(at: number, max: number): number {
    const text = this.#textAt(at);
    const count = /^\d+$/.test(text) ? Number(text) : NaN;
    if (!(count >= 1 && count <= max))
      throw this.#damage(at, `"${text.slice(0, 40)}", expected a number from 1 to ${max}`);
    return count;
  }

  #number(at: number): number {
    const text = this.#textAt(at);
    if (/^[-+]?nan$/i.test(text)) return NaN;
    const value = /^[-+]?inf(inity)?$/i.test(text) ? NaN : Number(text);
    if (text === '' || (Number.isNaN(value) && !/^[-+]?inf/i.test(text))) {
      throw this.#damage(at, `"${text.slice(0, 40)}" is no value`);
    }
    return value;
  }

  #startsWith(at: number, text: string): boolean {
    for (let index = 0; index < text.length; index++) {
      if (this.#bytes[at + index] !== text.charCodeAt(index)) return false;
    }
    return true;
  }

  #skipTo(at: number, text: string): number {
    const end = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length).indexOf(text, at);
    if (end < 0) throw this.#damage(at, `there is no "${text}" that ends this`);
    return end + text.length;
  }

  #text(start: number, end: number): string {
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + start, end - start).toString('utf8');
  }

  #damage(offset: number, reason: string): Error {
    return damagedAt(this.#path, offset, reason);
  }
}
