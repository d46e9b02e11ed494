// What a writer is told when not all of its points were stored, in InfluxDB's words.
import type { AcceptOutcome } from './accept.ts';

/**
 * null when everything was stored. The first line is InfluxDB's; where a request has faults of several kinds, InfluxDB names
 * only the first, and here the others follow, a line each.
 */
export function partialWriteText(outcome: AcceptOutcome): string | null {
  const { lineErrors, lineErrorCount, dropped, written } = outcome;
  const refusals = dropped.map(({ reason, count }) => `${reason} dropped=${count}`);
  const unread = lineErrorCount - lineErrors.length;
  const faults = [...refusals, ...lineErrors, ...(unread > 0 ? [`and ${unread} more lines`] : [])];
  if (faults.length === 0) return null;
  const text = faults.join('\n');
  if (dropped.length > 0) return `partial write: ${text}`;
  return written === 0 ? text : `partial write: ${text} dropped=0`;
}
