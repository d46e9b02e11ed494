// A line of OpenTSDB's telnet protocol to a line of line protocol:
//
//     put sys.cpu.user 1356998400 42.5 host=webserver01 cpu=0
//
// Times have 10 digits (seconds) or 13 (milliseconds).
import { messageOf } from '../../base/index.ts';
import { KnownSeries } from '../known-series.ts';
import { floatText, linePrefix, parseFloat64 } from '../line-text.ts';

/** InfluxDB's counters of what is wrong. */
export type TelnetFault = 'tlBadLine' | 'tlBadTime' | 'tlBadTag' | 'tlBadFloat';

/** Told of each fault. After a bad tag the point goes on without it, after any other it does not. */
export type OnTelnetFault = (kind: TelnetFault, reason: () => string) => void;

export class TelnetParser {
  readonly #onFault: OnTelnetFault;
  /** Metric and tags as they stand in lines -> the beginning of theirs; only where nothing is wrong. */
  readonly #prefixes = new KnownSeries<string>();

  constructor(onFault: OnTelnetFault) {
    this.#onFault = onFault;
  }

  /** A line without blanks around it to one of line protocol, with its newline; null when there is no point in it. */
  parse(line: string): string | null {
    const match = /^put\s+(\S+)\s+(\S+)\s+(\S+)(.*)$/.exec(line);
    if (match === null) return this.#refuse('tlBadLine', line);
    const [, metric, timeText, valueText, tagText] = match;
    if (!/^(?:\d{10}|\d{13})$/.test(timeText)) {
      return this.#refuse('tlBadTime', `the time must have 10 or 13 digits: ${line}`);
    }
    const value = parseFloat64(valueText);
    if (value === null || !Number.isFinite(value)) return this.#refuse('tlBadFloat', `the value is no number: ${line}`);
    try {
      const prefix = this.#prefixes.get(`${metric} ${tagText}`) ?? this.#newPrefix(metric, tagText);
      return `${prefix}${floatText(value)} ${timeText}${nanosZeros(timeText.length === 13)}\n`;
    } catch (error) {
      return this.#refuse('tlBadLine', `${messageOf(error)}: ${line}`);
    }
  }

  #newPrefix(metric: string, tagText: string): string {
    const tags = new Map<string, string>();
    let isGood = true;
    for (const text of tagText.split(/\s+/)) {
      if (text === '') continue;
      const equals = text.indexOf('=');
      if (equals > 0 && equals < text.length - 1) tags.set(text.slice(0, equals), text.slice(equals + 1));
      else {
        isGood = false;
        this.#onFault('tlBadTag', () => `"${text}" is no tag of ${metric}`);
      }
    }
    const prefix = linePrefix(metric, tags, 'value');
    if (isGood) this.#prefixes.add(`${metric} ${tagText}`, prefix, prefix.length);
    return prefix;
  }

  #refuse(kind: TelnetFault, reason: string): null {
    this.#onFault(kind, () => reason);
    return null;
  }
}

/** What makes nanoseconds of seconds or milliseconds. */
export function nanosZeros(isMilliseconds: boolean): string {
  return isMilliseconds ? '000000' : '000000000';
}
