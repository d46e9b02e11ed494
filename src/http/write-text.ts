// What a writer is told when not all of its points were stored, in InfluxDB's words.
import type { AcceptOutcome } from './accept.ts';

/** Beyond so many faults of one request the rest is only counted. */
const MAX_FAULTS = 1000;

/**
 * null when everything was stored. The first line is InfluxDB's; where a request has faults of several kinds, InfluxDB names
 * only the first, and here the others follow, a line each.
 */
export function partialWriteText(outcome: AcceptOutcome): string | null {
  const { parseErrors, dropped, written } = outcome;
  if (parseErrors.length === 0 && dropped.length === 0) return null;
  const faults = [...dropped.map(({ reason, count }) => `${reason} dropped=${count}`), ...parseErrors];
  const text = faults.slice(0, MAX_FAULTS).join('\n');
  const rest = faults.length > MAX_FAULTS ? `\nand ${faults.length - MAX_FAULTS} more` : '';
  if (dropped.length > 0) return `partial write: ${text}${rest}`;
  return written === 0 ? text + rest : `partial write: ${text}${rest} dropped=0`;
}
