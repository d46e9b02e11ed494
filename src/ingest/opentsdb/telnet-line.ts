// A line of OpenTSDB's telnet protocol to a line of line protocol:
//
//     put sys.cpu.user 1356998400 42.5 host=webserver01 cpu=0
//
// Times have 10 digits (seconds) or 13 (milliseconds).
import { messageOf } from '../../base/index.ts';
import { floatText, linePrefix, parseFloat64 } from '../line-text.ts';

/** InfluxDB's counters of what is wrong. */
export type TelnetFault = 'tlBadLine' | 'tlBadTime' | 'tlBadTag' | 'tlBadFloat';

/** Told of each fault. After a bad tag the point goes on without it, after any other it does not. */
export type OnTelnetFault = (kind: TelnetFault, reason: () => string) => void;

/** One line of line protocol, with its newline; null when there is no point in it. */
export function telnetPoint(line: string, onFault: OnTelnetFault): string | null {
  const [command, metric, timeText, valueText, ...tagTexts] = line.split(/\s+/);
  if (command !== 'put' || valueText === undefined) return refuse('tlBadLine', line);
  if (!/^(?:\d{10}|\d{13})$/.test(timeText)) return refuse('tlBadTime', `the time must have 10 or 13 digits: ${line}`);
  const value = parseFloat64(valueText);
  if (value === null || !Number.isFinite(value)) return refuse('tlBadFloat', `the value is no number: ${line}`);
  const tags = new Map<string, string>();
  for (const text of tagTexts) {
    const equals = text.indexOf('=');
    if (equals > 0 && equals < text.length - 1) tags.set(text.slice(0, equals), text.slice(equals + 1));
    else onFault('tlBadTag', () => `"${text}" is no tag: ${line}`);
  }
  try {
    return `${linePrefix(metric, tags, 'value')}${floatText(value)} ${timeText}${nanosZeros(timeText.length === 13)}\n`;
  } catch (error) {
    return refuse('tlBadLine', `${messageOf(error)}: ${line}`);
  }

  function refuse(kind: TelnetFault, reason: string): null {
    onFault(kind, () => reason);
    return null;
  }
}

/** What makes nanoseconds of seconds or milliseconds. */
export function nanosZeros(isMilliseconds: boolean): string {
  return isMilliseconds ? '000000' : '000000000';
}
