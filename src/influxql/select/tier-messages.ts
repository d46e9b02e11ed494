// What a statement says of the tiers that served it: which they were, where that is asked for, and always what none could answer.
import { formatRfc3339 } from '../language/time-literal.ts';
import { MAX_TIME_NS, MIN_TIME_NS, type TimeRange } from '../../model/index.ts';
import type { MeasurementPlan, OnPlan } from '../../ladder/index.ts';
import type { Message, QueryContext } from '../result.ts';

/** A statement over thousands of measurements does not answer with thousands of messages. */
const MAX_TOLD = 20;

export interface TierMessages {
  readonly onPlan: OnPlan;
  /** Grow as plans become known. */
  readonly messages: Message[];
}

export function tierMessages({ onTiers, tellTiers }: Pick<QueryContext, 'onTiers' | 'tellTiers'>): TierMessages {
  const messages: Message[] = [];
  const plans: string[] = [];
  let unanswered = 0;
  let told: number | undefined;
  const onPlan = (plan: MeasurementPlan): void => {
    onTiers?.(plan);
    if (tellTiers === true && plans.length <= MAX_TOLD) {
      plans.push(plans.length < MAX_TOLD ? planText(plan) : '…');
      const message = { level: 'info', text: `tiers: ${plans.join('; ')}` } as const;
      if (told === undefined) told = messages.push(message) - 1;
      else messages[told] = message;
    }
    if (plan.unanswered.length > 0 && unanswered++ < MAX_TOLD) messages.push({ level: 'warning', text: gapText(plan) });
  };
  return { onPlan, messages };
}

/** One line for each span, for EXPLAIN. */
export function planLines({ base, spans, unanswered }: MeasurementPlan): readonly string[] {
  return [
    ...spans.map(({ policy, range, exact }) => {
      if (policy === base) return `TIER ${policy}: ${rangeText(range)}, POINTS`;
      return `TIER ${policy}: ${rangeText(range)}, ${exact ? 'EXACT' : 'APPROXIMATE'}`;
    }),
    ...unanswered.map((range) => `NO TIER: ${rangeText(range)}`),
  ];
}

function planText({ measurement, spans }: MeasurementPlan): string {
  const parts = spans.map(
    ({ policy, range, exact }) => `${policy}${exact ? '' : ' (approximate)'} ${rangeText(range)}`,
  );
  return `${measurement}: ${parts.length === 0 ? 'none' : parts.join(', ')}`;
}

function gapText({ measurement, unanswered }: MeasurementPlan): string {
  const ranges = unanswered.map(rangeText).join(', ');
  return `${measurement} is not answered for ${ranges}: the points have expired, and no tier keeps what this asks for`;
}

/** Without its end; open where nothing bounds it. */
function rangeText({ startNs, endNs }: TimeRange): string {
  const start = startNs <= MIN_TIME_NS ? 'BEGINNING' : formatRfc3339(startNs);
  return `${start} .. ${endNs > MAX_TIME_NS ? 'END' : formatRfc3339(endNs)}`;
}
