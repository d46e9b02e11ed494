// X-Weir-Tiers: which tiers of a ladder served an answer, for clients that show it and people who ask. Only where a tier did.
//
//     X-Weir-Tiers: cpu=5m(2026-01-01T01:30:00Z/2026-01-01T02:00:00Z)+1h(2026-01-01T02:00:00Z/2026-01-01T09:00:00Z); mem=1h~(*/*)
//
// `~` = points would answer otherwise, but they have expired; `*` = open end. Names are percent-encoded. The header tells of
// the statements that have begun when the answer's first bytes leave, and of at most 2000 characters.
import type { ServerResponse } from 'node:http';
import type { MeasurementPlan, OnPlan } from '../ladder/index.ts';
import { MAX_TIME_NS, MIN_TIME_NS } from '../model/index.ts';
import { formatRfc3339 } from '../influxql/index.ts';

const MAX_LENGTH = 2000;

export class TiersHeader {
  #text = '';
  #isFull = false;

  readonly onPlan: OnPlan = (plan) => {
    if (this.#isFull || !plan.spans.some(({ policy }) => policy !== plan.base)) return;
    const text = `${this.#text === '' ? '' : '; '}${planText(plan)}`;
    this.#isFull = this.#text.length + text.length > MAX_LENGTH;
    this.#text += this.#isFull ? '; ...' : text;
  };

  /** Before the headers are sent. */
  set(response: ServerResponse): void {
    if (this.#text !== '') response.setHeader('X-Weir-Tiers', this.#text);
  }
}

function planText({ measurement, spans }: MeasurementPlan): string {
  const parts = spans.map(({ policy, range, exact }) => {
    const start = range.startNs <= MIN_TIME_NS ? '*' : formatRfc3339(range.startNs);
    const end = range.endNs > MAX_TIME_NS ? '*' : formatRfc3339(range.endNs);
    return `${encodeURIComponent(policy)}${exact ? '' : '~'}(${start}/${end})`;
  });
  return `${encodeURIComponent(measurement)}=${parts.join('+')}`;
}
