// Structured logs: JSON lines for machines, short lines for a person at a terminal.
import { pino } from 'pino';
import type { Logger } from '../http/index.ts';
import type { Settings } from './settings.ts';

/** Where lines go: standard error, or a test. */
export interface LogTarget {
  readonly isTTY?: boolean | undefined;
  write(line: string): unknown;
}

export function createLogger(settings: Settings['log'], target: LogTarget): Logger {
  const asText = settings.format === 'text' || (settings.format === 'auto' && target.isTTY === true);
  const print = asText ? textLine : settings.format === 'logfmt' ? logfmtLine : null;
  const destination = print === null ? target : { write: (line: string) => target.write(print(line)) };
  const options = {
    level: settings.level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (level: string) => ({ level }) },
    serializers: { err: pino.stdSerializers.err },
  };
  return pino(options, { write: (line: string) => void destination.write(line) });
}

type LoggedLine = Readonly<Record<string, unknown>> & {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
  readonly err?: { readonly message?: string; readonly stack?: string };
};

/** `ts=2026-01-02T12:00:00.000Z lvl=warn msg="text" key=value`, as InfluxDB 1.x prints it. */
function logfmtLine(json: string): string {
  const { level, time, msg, err, ...fields } = JSON.parse(json) as LoggedLine;
  const error = err === undefined ? {} : { error: err.message, stack: err.stack };
  const pairs = Object.entries({ ts: time, lvl: level, msg, ...fields, ...error });
  return `${pairs.map(([key, value]) => `${key}=${logfmtValue(value)}`).join(' ')}\n`;
}

function logfmtValue(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[^\s"=\\]+$/.test(text) ? text : JSON.stringify(text);
}

/** `12:00:00.000 WARN  text  key=value`, then an error's stack. */
function textLine(json: string): string {
  const { level, time, msg, err, ...fields } = JSON.parse(json) as LoggedLine;
  const pairs = Object.entries(fields).map(
    ([key, value]) => `  ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const stack = err === undefined ? '' : `\n${err.stack ?? err.message ?? ''}`;
  return `${time.slice(11, 23)} ${level.toUpperCase().padEnd(5)} ${msg}${pairs.join('')}${stack}\n`;
}
