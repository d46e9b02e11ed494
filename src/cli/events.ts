// What the log and the view tell, as lines of our log, and as the progress that /health shows while the server starts.
import type { OnCopyEvent } from '../backup/index.ts';
import type { Logger } from '../http/index.ts';
import type { LogEvent, SurveyProgress } from '../log/index.ts';
import type { ViewEvent } from '../view/index.ts';

/** Takes the text that writers, readers and /health get until the server is ready. */
export type OnProgress = (text: string) => void;

export function onSurvey(logger: Logger, onProgress: OnProgress): (progress: SurveyProgress) => void {
  return ({ segmentsDone, segmentCount, bytesDone }) => {
    onProgress(`starting: ${segmentsDone} of ${segmentCount} segments of the log looked over`);
    logger.debug({ segmentsDone, segmentCount, bytesDone }, 'looking over the log');
  };
}

export function onLogEvent(logger: Logger): (event: LogEvent) => void {
  return ({ kind, ...fields }) => {
    switch (kind) {
      case 'tail cut':
        logger.warn(fields, 'the log ended in bytes that were never acknowledged: cut off');
        break;
      case 'behind':
        logger.error(fields, 'the log ends before changes that blocks already hold: some of it is gone');
        break;
      case 'failed':
        logger.error(fields, 'the log cannot be written: writes are refused');
        break;
      case 'recovered':
        logger.info(fields, 'the log can be written again');
        break;
    }
  };
}

export function onCopyEvent(logger: Logger): OnCopyEvent {
  return ({ kind, ...fields }) => {
    const isCutShort = 'reason' in fields && fields.reason === 'its client is silent';
    if (isCutShort) logger.warn(fields, `${kind} early`);
    else logger.info(fields, kind);
  };
}

export function onViewEvent(logger: Logger, onProgress: OnProgress): (event: ViewEvent) => void {
  return (event) => {
    const { kind, ...fields } = event;
    switch (kind) {
      case 'replay':
        if ('lastSeq' in event) {
          const [done, all] = [event.seq - event.fromSeq, event.lastSeq - event.fromSeq];
          onProgress(`replaying the log: ${done} of ${all} changes`);
          if (all > 0) logger.info(fields, event.done ? 'the log is replayed' : 'replaying the log');
        }
        break;
      case 'flushed':
        logger.info(fields, 'recent points written out as blocks');
        break;
      case 'compacted':
        logger.info(fields, 'blocks merged');
        break;
      case 'expired':
        logger.info(fields, 'shards past their retention period dropped');
        break;
      case 'failed':
        logger.error(fields, 'maintenance failed and will be tried again');
        break;
    }
  };
}
