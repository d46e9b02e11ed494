// Why an execution was stopped, as the error to report.
import { WeirError, isWeirError } from '../base/index.ts';

/** null while the signal is not aborted. A reason that is a WeirError stands; others get InfluxDB's words. */
export function stopReason(signal: AbortSignal): WeirError | null {
  if (!signal.aborted) return null;
  const reason: unknown = signal.reason;
  if (isWeirError(reason)) return reason;
  if (reason instanceof DOMException && reason.name === 'TimeoutError') {
    return new WeirError('timeout', 'query-timeout limit exceeded', reason);
  }
  return new WeirError('canceled', 'query interrupted', reason);
}
