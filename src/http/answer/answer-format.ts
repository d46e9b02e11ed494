// Which format a client takes, and that format's encoder and error body.
import type { ByteSink } from './byte-sink.ts';
import { CsvAnswer, csvError } from './csv-answer.ts';
import type { AnswerEncoder } from './encoder.ts';
import { JsonAnswer } from './json-answer.ts';
import { jsonError } from './json-string.ts';
import { MsgpackAnswer, msgpackError } from './msgpack-answer.ts';
import type { EpochUnitNs } from './time-text.ts';

export interface AnswerFormat {
  readonly contentType: string;
  encoder(sink: ByteSink, epoch: EpochUnitNs, pretty: boolean): AnswerEncoder;
  /** The body of a request that failed as a whole. */
  error(text: string, pretty: boolean): string | Uint8Array;
}

const csvFormat = (contentType: string): AnswerFormat => ({
  contentType,
  encoder: (sink, epoch) => new CsvAnswer(sink, epoch),
  error: csvError,
});

/** In order of preference where `*` leaves the choice. */
const FORMATS: readonly AnswerFormat[] = [
  {
    contentType: 'application/json',
    encoder: (sink, epoch, pretty) => new JsonAnswer(sink, epoch, pretty),
    error: jsonError,
  },
  csvFormat('application/csv'),
  csvFormat('text/csv'),
  {
    contentType: 'application/x-msgpack',
    encoder: (sink, epoch) => new MsgpackAnswer(sink, epoch),
    error: msgpackError,
  },
];

/** The first format that the Accept header takes, by quality, then by position; JSON when it takes none. */
export function chooseFormat(accept: string): AnswerFormat {
  const ranges = accept.split(',').map((range) => {
    const [mediaType, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    return { mediaType, quality: quality === undefined ? 1 : Number(quality.slice(2)) || 0 };
  });
  const sorted = ranges.toSorted((a, b) => b.quality - a.quality);
  for (const { mediaType } of sorted) {
    const format = FORMATS.find(({ contentType }) => covers(mediaType, contentType));
    if (format !== undefined) return format;
  }
  return FORMATS[0];
}

function covers(range: string, contentType: string): boolean {
  const [type, subtype] = contentType.split('/');
  return range === '*' || range === '*/*' || range === contentType || range === `${type}/*` || range === `*/${subtype}`;
}
