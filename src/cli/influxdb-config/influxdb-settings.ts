// What became of settings in InfluxDB's form, of all sources together: for the log, and for the error that stops a start.
import type { Translation } from './translate-influxdb.ts';

export class InfluxdbSettings {
  /** Where they come from; undefined while only variables are looked at. */
  file: string | undefined;
  readonly #ignored: Translation['ignored'][number][] = [];
  readonly #unknown: string[] = [];
  readonly #faults: string[] = [];

  get faults(): readonly string[] {
    return this.#faults;
  }

  /** Takes the values over into `given`, where later ones replace earlier ones. */
  add(
    { values, ignored, unknown, faults }: Translation,
    given: Map<string, { readonly value: unknown; readonly origin: string }>,
  ): void {
    for (const { key, value, origin } of values) given.set(key, { value, origin });
    this.#ignored.push(...ignored);
    this.#unknown.push(...unknown);
    this.#faults.push(...faults);
  }

  /** One line a kind, so that they can be read at a start. */
  warnings(): readonly string[] {
    const { file } = this;
    const of = file === undefined ? '' : `${file}: `;
    const lines: string[] = [];
    if (this.#ignored.length > 0) {
      const byReason = new Map<string, string[]>();
      for (const [given, why] of this.#ignored) byReason.set(why, [...(byReason.get(why) ?? []), given]);
      const each = Array.from(byReason, ([why, given]) => `${given.join(', ')} (${why.replaceAll('`', '')})`);
      lines.push(`${of}without effect in Weir: ${each.join('; ')}`);
    }
    if (this.#unknown.length > 0) lines.push(`${of}neither InfluxDB 1.8 nor Weir knows ${this.#unknown.join(', ')}`);
    return lines;
  }

  notes(dataDir: string): readonly string[] {
    if (this.file === undefined) return [];
    return [`${this.file} is a configuration of InfluxDB 1.x; Weir keeps its data in ${dataDir}`];
  }
}
