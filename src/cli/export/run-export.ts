// `weir export`, from its flags to a file.
import { WeirError } from '../../base/index.ts';
import { parseTimeText } from '../../influxql/index.ts';
import type { StoredPart } from '../../ladder/index.ts';
import { ALL_TIME, type TimeRange } from '../../model/index.ts';
import type { CommandIo } from '../command-io.ts';
import type { QuerySource } from '../influx/ask.ts';
import { ProgressLine } from '../progress-line.ts';
import { type ConnectionFlags, connectTo } from './connect.ts';
import { withDataDir } from './data-dir-source.ts';
import { exportLines } from './export-lines.ts';
import { ExportSink } from './export-sink.ts';

/** As commander names them. */
export interface ExportFlags extends ConnectionFlags {
  readonly dataDir?: string;
  readonly database?: string;
  readonly retention?: string;
  readonly measurement?: string;
  readonly start?: string;
  readonly end?: string;
  readonly out: string;
  readonly compress?: true;
  readonly lponly?: true;
}

/** Says on standard error what was exported. Leaves no file behind when it fails. */
export async function runExport(flags: ExportFlags, io: CommandIo): Promise<void> {
  if (flags.retention !== undefined && flags.database === undefined) {
    throw new WeirError('invalid', '--retention needs --database');
  }
  const range = rangeOf(flags);
  if (flags.dataDir !== undefined) {
    await withDataDir(flags.dataDir, io, (source) => exportFrom(source, flags, range, io));
    return;
  }
  const client = await connectTo(flags, io);
  try {
    await exportFrom(client, flags, range, io);
  } finally {
    client.close();
  }
}

async function exportFrom(source: QuerySource, flags: ExportFlags, range: TimeRange, io: CommandIo): Promise<void> {
  const sink = await ExportSink.open(flags.out, flags.compress === true, process.stdout);
  try {
    await writeAll(source, sink, flags, range, io);
    await sink.finish();
  } catch (error) {
    await sink.abandon();
    throw error;
  }
}

async function writeAll(
  source: QuerySource,
  sink: ExportSink,
  flags: ExportFlags,
  range: TimeRange,
  io: CommandIo,
): Promise<void> {
  const line = new ProgressLine(io.stderr);
  const selection = {
    database: flags.database ?? null,
    policy: flags.retention ?? null,
    measurement: flags.measurement ?? null,
    range,
    linesOnly: flags.lponly === true,
  };
  const points = await exportLines(source, selection, {
    write: (text) => sink.write(text),
    onPart: (database, { policy, stored }, count) => {
      line.end();
      io.stderr.write(`${database}/${policy}: ${count} ${partText(stored)}\n`);
    },
    onWarning: (text) => io.stderr.write(`warning: ${text}\n`),
    onProgress: (count) => line.show(`${count} points`),
  });
  line.end();
  io.stderr.write(`exported ${points} points to ${flags.out === '-' ? 'standard output' : flags.out}\n`);
}

function partText(stored: StoredPart | null): string {
  switch (stored) {
    case 'states':
      return 'windows';
    case 'late':
      return 'late points';
    default:
      return 'points';
  }
}

/** `--end` is included, as with influx_inspect. */
function rangeOf({ start, end }: ExportFlags): TimeRange {
  const startNs = start === undefined ? ALL_TIME.startNs : timeOf('--start', start);
  const endNs = end === undefined ? ALL_TIME.endNs : timeOf('--end', end) + 1n;
  if (startNs >= endNs) throw new WeirError('invalid', `--start ${start} is behind --end ${end}`);
  return { startNs, endNs };
}

function timeOf(flag: string, text: string): bigint {
  const timeNs = parseTimeText(text, 'UTC');
  if (timeNs === undefined) throw new WeirError('invalid', `${flag}: ${text} is no time as 2026-01-31T12:00:00Z`);
  return timeNs;
}
