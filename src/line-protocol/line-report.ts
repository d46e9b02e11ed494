// What a parse has to say about lines that it did not take: errors in InfluxDB's wording, and points that InfluxDB drops
// although their line is well-formed. Both lists are bounded, the counts are not.

/** A line that could not be parsed. */
export interface LineError {
  /** 1-based: where the line starts in the body. */
  readonly line: number;
  /** `unable to parse '<line>': <reason>`, a long line cut. */
  readonly text: string;
}

/** Points that were left out for one reason. */
export interface DroppedPoints {
  readonly count: number;
  /** As in InfluxDB's `partial write: <reason> dropped=<count>`. */
  readonly reason: string;
}

export interface LineReport {
  readonly bytes: Uint8Array;
  readonly maxErrors: number;
  readonly errors: LineError[];
  errorCount: number;
  /** Reason -> points. */
  readonly dropped: Map<string, number>;
  droppedCount: number;
  /** Line number of `countedTo`, so that lines are counted once. */
  line: number;
  countedTo: number;
}

/** Bytes of a line that an error shows. */
const MAX_SHOWN_BYTES = 1024;
/** Different reasons for drops that are told apart; further ones only count. */
const MAX_REASONS = 16;

const NEWLINE = 0x0a;

export function newLineReport(bytes: Uint8Array, maxErrors: number): LineReport {
  return { bytes, maxErrors, errors: [], errorCount: 0, dropped: new Map(), droppedCount: 0, line: 1, countedTo: 0 };
}

/** Notes that the line at [start, end) is refused. Lines must come in order. */
export function reportError(report: LineReport, start: number, end: number, reason: string): void {
  report.errorCount++;
  if (report.errors.length >= report.maxErrors) return;
  for (; report.countedTo < start; report.countedTo++) if (report.bytes[report.countedTo] === NEWLINE) report.line++;
  const text = `unable to parse '${shownLine(report.bytes, start, end)}': ${reason}`;
  report.errors.push({ line: report.line, text });
}

export function reportDrop(report: LineReport, reason: string): void {
  report.droppedCount++;
  const count = report.dropped.get(reason);
  if (count !== undefined) report.dropped.set(reason, count + 1);
  else if (report.dropped.size < MAX_REASONS) report.dropped.set(reason, 1);
}

function shownLine(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= MAX_SHOWN_BYTES)
    return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
  let cut = start + MAX_SHOWN_BYTES;
  while (cut > start && (bytes[cut] & 0xc0) === 0x80) cut--;
  return `${Buffer.from(bytes.buffer, bytes.byteOffset + start, cut - start).toString()}…`;
}
