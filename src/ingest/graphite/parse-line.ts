// A line of Graphite's plaintext protocol to a line of line protocol: `path value [seconds]`.
import { messageOf } from '../../base/index.ts';
import { KnownSeries } from '../known-series.ts';
import { floatText, linePrefix, parseFloat64 } from '../line-text.ts';
import { applyTemplate } from './template.ts';
import type { TemplateTree } from './template-tree.ts';

/** Why a line gives no point. `not a number` is what InfluxDB passes over without an error. */
export type LineFault =
  | { readonly kind: 'not a number' }
  | {
      readonly kind: 'invalid';
      readonly reason: string;
    };

/** Graphite's times are those of 32 bits: from 1901-12-13 to 2038-01-19, as InfluxDB has it. */
const MIN_SECONDS = -2_147_558_400;
const MAX_SECONDS = 2_147_472_000;

export class GraphiteParser {
  readonly #templates: TemplateTree;
  readonly #tags: ReadonlyMap<string, string>;
  readonly #nowNs: () => bigint;
  /** Path -> beginning of its lines. */
  readonly #prefixes = new KnownSeries<string>();

  /** `tags` are those of every point, after those of the template and the path. */
  constructor(templates: TemplateTree, tags: ReadonlyMap<string, string>, nowNs: () => bigint) {
    this.#templates = templates;
    this.#tags = tags;
    this.#nowNs = nowNs;
  }

  /** A line without blanks around it; returns one of line protocol, with its newline. */
  parse(line: string): string | LineFault {
    const words = line.split(/\s+/);
    if (words.length !== 2 && words.length !== 3) {
      return invalid(`received ${JSON.stringify(line)} which doesn't have required fields`);
    }
    const [path, valueText, timeText] = words;
    const value = parseFloat64(valueText);
    if (value === null) return invalid(`field "${path}" value: ${JSON.stringify(valueText)} is no number`);
    if (Number.isNaN(value)) return { kind: 'not a number' };
    if (!Number.isFinite(value)) return invalid(`field "${path}" value: ${value} is not supported`);
    const time = timeText === undefined ? this.#nowText() : this.#timeText(timeText);
    if (time === null) return invalid(`field "${path}" time: ${JSON.stringify(timeText)} is no time within range`);
    try {
      return `${this.#prefix(path)}${floatText(value)} ${time}\n`;
    } catch (error) {
      return invalid(`path "${path}": ${messageOf(error)}`);
    }
  }

  #prefix(path: string): string {
    const known = this.#prefixes.get(path);
    if (known !== undefined) return known;
    const { measurement, tags, field } = applyTemplate(this.#templates.match(path), path);
    const prefix = linePrefix(measurement || path, new Map([...this.#tags, ...tags]), field || 'value');
    this.#prefixes.add(path, prefix, prefix.length);
    return prefix;
  }

  #nowText(): string {
    return String(this.#nowNs());
  }

  /** Nanoseconds; null for what is no time. -1 stands for now. */
  #timeText(text: string): string | null {
    const seconds = parseFloat64(text);
    if (seconds === -1) return this.#nowText();
    // What is no number is not within bounds either.
    if (seconds === null || !(seconds >= MIN_SECONDS && seconds <= MAX_SECONDS)) return null;
    if (Number.isInteger(seconds)) return seconds === 0 ? '0' : `${seconds}000000000`;
    // The fraction is worked out in doubles, as InfluxDB does, so that both store the same time.
    const nanos = Math.trunc((seconds - Math.floor(seconds)) * 1e9);
    return String(BigInt(Math.trunc(seconds)) * 1_000_000_000n + BigInt(nanos));
  }
}

function invalid(reason: string): LineFault {
  return { kind: 'invalid', reason };
}
