// Prometheus' remote write: a request to lines of line protocol. The measurement is the label `__name__`, which is a tag as
// well, as in InfluxDB; the other labels are tags, the value is field `value`.
//
//     WriteRequest { 1: TimeSeries { 1: Label { 1: name, 2: value } …, 2: Sample { 1: value, 2: time in ms } … } … }
import { WeirError, messageOf } from '../../base/index.ts';
import { KnownSeries } from '../known-series.ts';
import { floatText, linePrefix } from '../line-text.ts';
import { BYTES, FIXED_64, VARINT, WireReader } from './wire.ts';

export interface PrometheusLines {
  /** Times in milliseconds. */
  readonly text: string;
  readonly points: number;
  /** Samples that are NaN, as stale markers are, or infinite: InfluxDB leaves them out without an error. */
  readonly notNumberCount: number;
  /** Samples of series with labels that cannot be stored. */
  readonly invalidCount: number;
  /** The reason for the first of them. */
  readonly invalid: string;
}

/** The measurement of series without a name. */
const NAMELESS = 'prom_metric_not_specified';
const NAME = '__name__';

/** Remembers how the lines of a series begin: the same labels come with every request. */
export class WriteRequestReader {
  /** Bytes of the labels, as Latin-1 -> the beginning of the lines, or why they cannot be stored. */
  readonly #prefixes = new KnownSeries<string | WeirError>();

  /** Throws `invalid` for what is no write request. */
  read(bytes: Buffer): PrometheusLines {
    const lines = { text: '', points: 0, notNumberCount: 0, invalidCount: 0, invalid: '' };
    const request = new WireReader(bytes);
    while (request.next()) {
      if (request.field !== 1 || request.kind !== BYTES) request.skip();
      else {
        const start = request.span();
        this.#readSeries(bytes, start, request.position, lines);
      }
    }
    return lines;
  }

  #readSeries(
    bytes: Buffer,
    start: number,
    end: number,
    lines: { -readonly [K in keyof PrometheusLines]: PrometheusLines[K] },
  ) {
    const series = new WireReader(bytes, start, end);
    // Labels stand together, before the samples: that is what the prefix is remembered by.
    const labelsEnd = skipLabels(series);
    const prefix = this.#prefix(bytes, start, labelsEnd);
    while (series.next()) {
      if (series.field === 1) throw new WeirError('invalid', 'the message has labels behind samples');
      if (series.field !== 2 || series.kind !== BYTES) {
        series.skip();
        continue;
      }
      const sampleStart = series.span();
      const sample = readSample(new WireReader(bytes, sampleStart, series.position));
      if (!Number.isFinite(sample.value)) lines.notNumberCount++;
      else if (typeof prefix === 'string') {
        lines.text += `${prefix}${floatText(sample.value)} ${sample.timeMs}\n`;
        lines.points++;
      } else if (lines.invalidCount++ === 0) lines.invalid = prefix.message;
    }
  }

  #prefix(bytes: Buffer, start: number, end: number): string | WeirError {
    const key = bytes.toString('latin1', start, end);
    let prefix = this.#prefixes.get(key);
    if (prefix !== undefined) return prefix;
    prefix = prefixOf(readLabels(bytes, start, end));
    this.#prefixes.add(key, prefix, end - start);
    return prefix;
  }
}

function prefixOf(labels: ReadonlyMap<string, string>): string | WeirError {
  try {
    return linePrefix(labels.get(NAME) || NAMELESS, labels, 'value');
  } catch (error) {
    return new WeirError('invalid', messageOf(error), error);
  }
}

/** Moves to the first field that is no label and returns where it stands. */
function skipLabels(series: WireReader): number {
  for (;;) {
    const { position } = series;
    if (!series.next()) return position;
    if (series.field !== 1 || series.kind !== BYTES) {
      series.position = position;
      return position;
    }
    series.span();
  }
}

function readLabels(bytes: Buffer, start: number, end: number): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  const fields = new WireReader(bytes, start, end);
  while (fields.next()) {
    const labelStart = fields.span();
    const label = new WireReader(bytes, labelStart, fields.position);
    let name = '';
    let value = '';
    while (label.next()) {
      if (label.field === 1 && label.kind === BYTES) name = label.text();
      else if (label.field === 2 && label.kind === BYTES) value = label.text();
      else label.skip();
    }
    labels.set(name, value);
  }
  return labels;
}

function readSample(sample: WireReader): { readonly value: number; readonly timeMs: number } {
  let value = 0;
  let timeMs = 0;
  while (sample.next()) {
    if (sample.field === 1 && sample.kind === FIXED_64) value = sample.double();
    else if (sample.field === 2 && sample.kind === VARINT) timeMs = sample.varint();
    else sample.skip();
  }
  return { value, timeMs };
}
